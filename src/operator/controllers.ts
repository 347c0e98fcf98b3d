import type { KindName } from '../api/kinds.ts'
import { named } from '../runtime/log-fields.ts'
import { systemClock } from '../runtime/system-clock.ts'
import { startController, type Controller, type Reconcile, type ReconcileResult } from '../kube/controller.ts'
import { createElector } from '../kube/leader-election.ts'
import { leaseApi } from '../kube/lease-api.ts'
import { createQueue } from '../kube/queue.ts'
import type { Parts } from './assemble.ts'
import { RECONCILED } from './kinds.ts'
import type { Reconciler } from './reconcile/installation.ts'
import type { Wake } from './observe/wake.ts'
import type { Operator } from './reconcile/reconcile.ts'
import { MANAGER } from './render/manifest.ts'

/** Changes of children come in bursts, one for each pod: a short wait makes one status write of them. Seconds. */
const SETTLE_SECONDS = 0.1
/** Workers of the queue of orders: each drill that runs keeps one, for as long as edges and pods take to answer, and waits for no other drill. */
const DRILLS_AT_ONCE = 256

const KINDS = Object.keys(RECONCILED) as KindName[]
const AUTHORITY_KEY = 'callbot-ca'
const CERTIFICATES_KEY = 'certificates'
const POLICIES_KEY = 'policies'

/** What keeps the installation itself as specified. */
export interface InstallationReconcilers {
  authority: Pick<Reconciler, 'reconcile'>
  certificates: Reconciler
  /** Undefined: no call records are kept. */
  policies: Reconciler | undefined
}

export interface Controllers {
  wake: Wake
  authorityChanged(): void
  certificatesChanged(): void
  zoneChanged(zone: string, answering: boolean | undefined): void
  /**
   * Stands for election and, while leading, works. Until then keys gather in the queues.
   * @param orders brings to edges and pods what a drill that runs wants there
   */
  begin(operator: Operator, installation: InstallationReconcilers, orders: Reconcile): void
  /** Tells whenever the pods of a namespace have something to hear. */
  followPods(listener: (namespace: string) => void): void
  /** Whether this replica leads. */
  leads(): boolean
  /** The number of our leadership; undefined: we do not lead. */
  term(): number | undefined
  /** For how much longer we lead for sure, in milliseconds. */
  leadsFor(): number
  /** How long the oldest reconcile has overrun its time, in seconds. */
  stuckSeconds(): number
  stop(): Promise<void>
  release(): Promise<void>
}

/** The queues, who works them off, and the election that says whether this replica may. */
export function createControllers(parts: Parts): Controllers {
  const { log, metrics } = parts
  const queues = new Map(KINDS.map((kind) => [kind, observedQueue(parts, kind.toLowerCase())]))
  const authority = observedQueue(parts, 'authority')
  const drills = observedQueue(parts, 'drillorders')
  const controllers: Controller[] = []
  const elector = createLeaderElector(parts, controllers)
  const podsListeners: ((namespace: string) => void)[] = []
  let everyKey: () => string[] = () => []
  const everyBot = () => everyKey().forEach((key) => queues.get('Callbot')!.add(key))
  const mayWork = () => elector.isLeader()
  const control = (name: string, queue: typeof authority, concurrency: number, reconcile: Reconcile) => {
    const work = { name, queue, concurrency, reconcile, mayWork, log }
    controllers.push(startController({ ...work, metrics: metrics.controller(name, concurrency) }))
  }
  return {
    wake: {
      object: (kind, key, how) =>
        how === 'urgent' ? queues.get(kind)!.add(key, 'high') : queues.get(kind)!.addAfter(key, SETTLE_SECONDS),
      orders: (key) => drills.add(key, 'high'),
      everyBot,
      policies: () => authority.add(POLICIES_KEY, 'high'),
      pods: (namespace) => podsListeners.forEach((listener) => listener(namespace)),
    },
    followPods: (listener) => void podsListeners.push(listener),
    authorityChanged() {
      authority.add(AUTHORITY_KEY, 'high')
      authority.add(CERTIFICATES_KEY, 'high')
      everyBot()
    },
    certificatesChanged: () => authority.add(CERTIFICATES_KEY, 'high'),
    zoneChanged(zone, answering) {
      if (answering === false) log.warn({ zone: named(zone) }, 'a zone does not answer')
      else log.info({ zone: named(zone), answering }, 'a zone answers again, or is not probed')
      everyBot()
    },
    begin(operator, installation, orders) {
      everyKey = () => [...operator.sources.caches.bots.list()].map((bot) => `${bot.namespace}/${bot.name}`)
      for (const [name, queue] of queues) {
        const { concurrency = parts.config.concurrency, reconcile } = RECONCILED[name]
        control(name.toLowerCase(), queue, concurrency, (key) => reconcile(operator, key))
      }
      control('drillorders', drills, DRILLS_AT_ONCE, orders)
      control('authority', authority, 1, (key) => reconcileInstallation(installation, key))
      for (const key of [AUTHORITY_KEY, CERTIFICATES_KEY, POLICIES_KEY]) authority.add(key, 'high')
      elector.start()
    },
    leads: () => elector.isLeader(),
    term: () => elector.term(),
    leadsFor: () => elector.leadsFor(),
    stuckSeconds: () => Math.max(0, ...controllers.map((controller) => controller.stuckSeconds())),
    stop: async () => void (await Promise.all(controllers.map((controller) => controller.stop()))),
    release: () => elector.release(),
  }
}

async function reconcileInstallation(installation: InstallationReconcilers, key: string): Promise<ReconcileResult> {
  const { authority, certificates, policies } = installation
  const reconciler = { [AUTHORITY_KEY]: authority, [CERTIFICATES_KEY]: certificates, [POLICIES_KEY]: policies }[key]
  return reconciler === undefined ? {} : reconciler.reconcile(systemClock.wall())
}

function observedQueue({ metrics }: Parts, name: string) {
  const queue = createQueue({ observe: metrics.queue(name) })
  metrics.watchQueue(name, queue)
  return queue
}

function createLeaderElector({ config, transport, log, metrics }: Parts, controllers: Controller[]) {
  const elector = createElector({
    api: leaseApi(transport, config.namespace, MANAGER),
    identity: config.podName,
    leaseDurationSeconds: config.lease.durationSeconds,
    renewDeadlineSeconds: config.lease.renewDeadlineSeconds,
    retryPeriodSeconds: config.lease.retryPeriodSeconds,
    onStartedLeading: () => controllers.forEach((controller) => controller.wake()),
    onStoppedLeading: () => controllers.forEach((controller) => controller.interrupt()),
    log,
    clock: systemClock,
  })
  metrics.leadership(MANAGER, () => elector.isLeader())
  return elector
}
