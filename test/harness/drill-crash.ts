import { expect } from 'chai'
import { pause } from '../../hack/cluster/shell.ts'
import type { FailoverDrillStatus } from '../../src/api/failover-drill.ts'
import { FAILOVER_DRILLS, INTEGRATIONS } from '../../src/api/kinds.ts'
import { createInformer } from '../../src/kube/informer.ts'
import type { Manifest, Raw } from '../../src/kube/raw-object.ts'
import { silent } from '../../src/runtime/log.ts'
import type { Act } from './crash-gate.ts'
import { CLIENT, PODS, type Stage } from './crash-stage.ts'
import { labelOf, nthOf, type Point, type Variant } from './drill-crash-points.ts'
import { checkWorldOfDrill, snapshotOf, type Drill, type Snapshot, type Version } from './drill-crash-check.ts'
import { FAR_SCHEDULE, INTEGRATION, type DrillWorld } from './drill-crash-world.ts'
import { eventually } from './eventually.ts'

export interface Result {
  point: Point
  outcome: 'recovered' | 'wrong' | 'not reached'
  failure?: Error
  /** From the death of the operator until no edge and no pod has a lane, by their clocks, in seconds. Undefined: the drill went on, or had none. */
  normalAfter: number | undefined
}

/** A lease of three seconds, and a look: by the clocks of edges and pods. Milliseconds. */
const NORMAL_AFTER_MS = 4_000
const QUIET_MS = 400
const PATIENCE_SECONDS = 90
const MINUTE = 60_000
const BEGUN = ['Baseline', 'Injected', 'Detected', 'Holding', 'Restoring']

/** Plays drills and lets something happen to the operator at one of their acts. */
export class DrillCrash {
  readonly versions: Version[] = []
  private readonly stage: Stage
  private readonly world: DrillWorld
  private readonly factor: number
  private readonly watching = new AbortController()
  private count = 0
  private kills = 0

  constructor(stage: Stage, world: DrillWorld, factor: number) {
    this.stage = stage
    this.world = world
    this.factor = factor
  }

  /** Follows every version of every drill from now on. */
  async begin(): Promise<void> {
    const informer = createInformer({
      ...{ transport: this.stage.api.transport, log: silent, resource: FAILOVER_DRILLS, namespace: CLIENT },
      project: versionOf,
      onChange: (_, after) => after && this.versions.push(after),
    })
    informer.start(this.watching.signal)
    await informer.synced()
  }

  end(): void {
    this.watching.abort()
  }

  /** The acts of a drill to which nothing happens. @throws when it has another verdict than it should */
  async undisturbed(variant: Variant): Promise<readonly Act[]> {
    const { gate } = this.stage.proxy
    const before = await this.prepare(variant)
    gate.count()
    const drill = await this.declare(variant)
    await this.settled(variant, drill, before, variant.verdict)
    const acts = [...gate.acts]
    await this.cleanUp()
    return acts
  }

  async play(point: Point): Promise<Result> {
    const { variant } = point
    const { proxy, operator } = this.stage
    const before = await this.prepare(variant)
    const kill = point.lives ? undefined : () => operator.kill()
    const isAt = (act: Act) =>
      labelOf(proxy.gate.acts, act) === point.label && nthOf(proxy.gate.acts, act) === point.nth
    const strike = proxy.gate.strikeAt({ isAt, when: point.when, ...(kill && { kill }) })
    const drill = await this.declare(variant)
    const off = new AbortController()
    const undisturbed = this.settled(variant, drill, before, variant.verdict, off.signal).catch(asError)
    const struck = await Promise.race([strike, undisturbed])
    off.abort()
    let result: Result
    if (struck instanceof Error) result = { point, outcome: 'wrong', failure: struck, normalAfter: undefined }
    else if (struck === undefined) result = { point, outcome: 'not reached', normalAfter: undefined }
    else result = await this.recover(point, drill, before)
    proxy.show(undefined)
    await this.cleanUp()
    return result
  }

  /** What has to be so afterwards, whoever comes next. */
  private async recover(point: Point, drill: Drill, before: Snapshot): Promise<Result> {
    const { variant } = point
    if (point.lives) {
      const failure = await this.settled(variant, drill, before, variant.verdict).catch(asError)
      return {
        point,
        outcome: failure === undefined ? 'recovered' : 'wrong',
        ...(failure && { failure }),
        normalAfter: undefined,
      }
    }
    const { operator, proxy } = this.stage
    const died = performance.now()
    await operator.ended
    while (!proxy.gate.isIdle) await pause(5)
    const found = await this.find(drill)
    this.world.orders = []
    const status = found?.status as FailoverDrillStatus | undefined
    const isBegun = status?.verdict !== undefined || BEGUN.includes(status?.state ?? '')
    const gone = this.lanesGone(died)
    this.startNext(point)
    const wanted = status?.verdict ?? (isBegun ? 'Interrupted' : variant.verdict)
    const work = async () => {
      const normalAfter = isBegun && variant.mode !== 'DryRun' ? await gone : undefined
      if (normalAfter !== undefined)
        expect(normalAfter * 1_000, 'milliseconds until every lane was gone').to.be.at.most(NORMAL_AFTER_MS)
      await this.settled(variant, drill, before, wanted)
      if (isBegun) expect(this.world.orders, 'orders of a drill that was interrupted').to.deep.equal([])
      return normalAfter
    }
    const ended = await work().catch(asError)
    if (ended instanceof Error) return { point, outcome: 'wrong', failure: ended, normalAfter: undefined }
    return { point, outcome: 'recovered', normalAfter: ended }
  }

  private startNext(point: Point): void {
    const { proxy } = this.stage
    const newest = this.versions.map(({ resourceVersion }) => Number(resourceVersion)).sort((a, b) => b - a)[0]
    if (point.isStale && newest !== undefined)
      proxy.show({
        kinds: ['failoverdrills', 'integrations'],
        resourceVersion: String(newest - 1),
        lateMs: 6_000 / this.factor,
      })
    if (point.isStandby) this.kills++
    proxy.count()
    this.stage.start(PODS[this.kills % 2]!)
  }

  /** Seconds by the clock of edges and pods; never rejects. */
  private async lanesGone(from: number): Promise<number> {
    while (this.world.lanes() > 0) await pause(10)
    return ((performance.now() - from) / 1_000) * this.factor
  }

  private async prepare(variant: Variant): Promise<Snapshot> {
    this.world.backupAnswers(variant.backup === 'answers')
    await eventually(() => expect(this.stage.operator.says('leadership began')).to.equal(true), PATIENCE_SECONDS)
    return eventually(() => snapshotOf(this.stage), PATIENCE_SECONDS)
  }

  /** A person makes it; or the Integration is given a schedule that makes it at the next minute. */
  private async declare(variant: Variant): Promise<Drill> {
    const { kube } = this.stage.api
    const { side, scenario, mode, trigger } = variant
    const share = mode === 'Share' ? { sharePercent: 50 } : {}
    const run = mode === 'DryRun' ? { mode } : { mode, ...share, holdSeconds: 5, testCalls: 6 }
    if (trigger === 'hand') {
      const name = `by-hand-${++this.count}`
      const metadata = { name, namespace: CLIENT }
      const spec = { integrationRef: { name: INTEGRATION }, side, scenario, ...run }
      await kube.create({ apiVersion: 'callbots.dev/v1alpha1', kind: 'FailoverDrill', metadata, spec } as Manifest)
      return { name, slot: undefined }
    }
    const slot = nextSlotAt(Date.now())
    const at = new Date(slot)
    const drill = {
      ...{ schedule: `${at.getUTCMinutes()} ${at.getUTCHours()} * * *`, timeZone: 'Etc/UTC', ...run },
      ...{ rotation: [{ side, scenario }], successfulRunsHistoryLimit: 1, failedRunsHistoryLimit: 1 },
    }
    await kube.mergePatch(INTEGRATIONS, CLIENT, INTEGRATION, { spec: { drill } })
    return { name: `${INTEGRATION}-${slot / MINUTE}`, slot }
  }

  private async find({ name }: Drill): Promise<Raw | undefined> {
    const fieldSelector = `metadata.name=${name}`
    for await (const raw of this.stage.api.kube.list(FAILOVER_DRILLS, { namespace: CLIENT, fieldSelector })) return raw
    return undefined
  }

  /** Resolves when the drill has that verdict, nothing happens any more, and all is as it must be; or when nobody waits for that any more. */
  private async settled(
    variant: Variant,
    drill: Drill,
    before: Snapshot,
    verdict: string,
    off?: AbortSignal,
  ): Promise<undefined> {
    const untilSlot = drill.slot === undefined ? 0 : Math.max(0, drill.slot - Date.now())
    const ended = async () => {
      const status = (await this.find(drill))?.status as FailoverDrillStatus | undefined
      expect(status?.verdict, `the verdict (${status?.state}: ${status?.because})`).not.to.equal(undefined)
      expect(this.stage.proxy.gate.quietFor(), 'quiet').to.be.above(QUIET_MS)
    }
    await patiently(ended, PATIENCE_SECONDS + untilSlot / 1_000, off)
    if (off?.aborted) return
    const expected = { drill, before, verdict, versions: this.versions, mode: variant.mode }
    await patiently(() => checkWorldOfDrill(this.stage, expected), 10, off)
    if (!off?.aborted) expect(this.world.lanes(), 'lanes that are left').to.equal(0)
  }

  private async cleanUp(): Promise<void> {
    const { kube } = this.stage.api
    const none = { rotation: null, sharePercent: null, holdSeconds: null, testCalls: null }
    await kube.mergePatch(INTEGRATIONS, CLIENT, INTEGRATION, { spec: { drill: { ...none, ...FAR_SCHEDULE } } })
    for await (const { metadata } of kube.list(FAILOVER_DRILLS, { namespace: CLIENT }))
      if (metadata.name.startsWith('by-hand')) await kube.remove(FAILOVER_DRILLS, CLIENT, metadata.name)
  }
}

/**
 * Time to take note of a schedule before its first slot, milliseconds: also for an operator that has to start first, and sees old news then.
 * Who learns of a schedule after a slot owes that slot nothing.
 */
const AHEAD_MS = 15_000

/** The first slot of a schedule that is declared then. */
export const nextSlotAt = (now: number): number => Math.ceil((now + AHEAD_MS) / MINUTE) * MINUTE

/** Between two looks at the API server, milliseconds. */
const LOOK_MS = 100

/** Until the check throws no more, or nobody waits. @throws its last error when the time is over */
async function patiently(check: () => Promise<void>, seconds: number, off?: AbortSignal): Promise<void> {
  const deadline = performance.now() + seconds * 1_000
  while (!off?.aborted) {
    const error = await check().catch(asError)
    if (error === undefined) return
    if (performance.now() > deadline) throw error
    await pause(LOOK_MS)
  }
}

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)))

function versionOf({ metadata, status, spec }: Raw): Version & { namespace: string } {
  const { state, verdict, finishedAt } = (status ?? {}) as FailoverDrillStatus
  const { trigger } = spec as { trigger?: { slot?: string } }
  const { name, uid = '', resourceVersion = '' } = metadata
  return { namespace: CLIENT, name, uid, resourceVersion, state, verdict, finishedAt, slot: trigger?.slot }
}
