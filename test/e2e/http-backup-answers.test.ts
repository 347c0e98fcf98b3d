// @programs voice operator  @seconds 119
// @guard test/integration/http/faults.test.ts
// @guard test/integration/http/once.test.ts
import { expect } from 'chai'
import { percentile } from '../../bench/voice/figures.ts'
import { host } from '../../hack/cluster/settings.ts'
import { printFigures, writeEvidence } from '../../hack/evidence.ts'
import type { IntegrationStatus } from '../../src/api/integration.ts'
import { createAuthority } from '../harness/authority.ts'
import { callerOf, readyEdges } from '../harness/edges.ts'
import { eventually } from '../harness/eventually.ts'
import { extent, needsWholeForm } from '../harness/extent.ts'
import type { PlainCaller } from '../harness/plain-caller.ts'
import * as zones from '../harness/three-zones.ts'
import { FAULTS, type Mode, startWebService, type WebService } from '../harness/web-service.ts'

/** Calls over all faults. */
const CALLS = extent('CALLS', { short: 40, whole: 1_000 })
/** How it fails: in the short form every second way. */
const WAYS = FAULTS.filter((_, nth) => nth % extent('EVERY', { short: 2, whole: 1 }) === 0)
const AT_ONCE = 5
const NUMBER = zones.aNumber()
/** An operation may take 1.5 s at each endpoint, and there are two of them in the dialog. */
const PATIENCE_SECONDS = 10
/** What `kubectl get integrations` may lag behind. */
const SHOWN_SECONDS = 5

/** Books with a key, and confirms what came back, once. A booking that fails leaves the caller waiting: no BYE comes. */
const dialog = {
  steps: [
    {
      name: 'book',
      request: { integration: 'agenda', operation: 'book', outcomes: [{ outcome: 'Failed', next: 'stand' }] },
      next: 'confirm',
    },
    {
      name: 'confirm',
      request: { integration: 'agenda', operation: 'confirm', input: [{ name: 'ticket', value: '{ticket}' }] },
      next: 'end',
    },
    { name: 'end', hangUp: {} },
    {
      name: 'stand',
      ask: { text: 'Alors ?', field: 'reponse', slot: { type: 'YesNo' as const }, noInputSeconds: 60 },
      next: 'end',
    },
  ],
}

const authority = createAuthority('agenda CA')

const integration = (namespace: string, [paris, lyon]: readonly WebService[]) => {
  const tls = { caSecretRef: { name: 'agenda-ca' }, serverName: 'localhost' }
  const operation = { method: 'POST', timeoutMilliseconds: 1_500 }
  return {
    ...{ apiVersion: 'callbots.dev/v1alpha1', kind: 'Integration', metadata: { name: 'agenda', namespace } },
    spec: {
      criticality: 'High',
      http: {
        endpoints: [
          { name: 'paris', role: 'Primary', url: paris!.url, tls },
          { name: 'lyon', role: 'Backup', url: lyon!.url, tls },
        ],
        operations: [
          {
            ...{ ...operation, name: 'book', path: '/book', idempotency: 'IdempotencyKey' },
            output: [{ name: 'ticket', pointer: '/ticket' }],
          },
          { ...operation, name: 'confirm', path: '/confirm', input: [{ name: 'ticket', in: 'Query' }] },
        ],
        probe: { path: '/health', intervalSeconds: 1, timeoutMilliseconds: 500 },
      },
    },
  }
}

describe("the backup of a client's web service", function () {
  this.timeout(CALLS * 2_000 + 600_000)
  let namespace: string
  let services: WebService[]
  let callers: PlainCaller[]
  const seen: { fault: Mode; seconds: number; ended: boolean }[] = []
  const shown: { fault: Mode; seconds: number }[] = []

  // In little: test/integration/http.
  before(async function () {
    needsWholeForm(this)
    zones.needsLocalCluster(this)
    await zones.sharedOperatorServes()
    namespace = await zones.freshNamespace('agenda')
    services = await Promise.all([1, 2].map(() => startWebService({ authority, address: host.address })))
    for (const service of services) {
      service.answer = ({ headers }) => ({ status: 200, body: JSON.stringify({ ticket: headers['idempotency-key'] }) })
    }
    const ca = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'agenda-ca', namespace } }
    await zones.applyManifests({ ...ca, stringData: { 'ca.crt': authority.cert } }, integration(namespace, services))
    const integrationRefs = [{ name: 'pbx' }, { name: 'agenda' }]
    const bot = zones.aBot(namespace, 'agenda', {
      ...{ numbers: [NUMBER], dialog: { inline: dialog }, integrationRefs, retentionPolicyRef: { name: 'agenda' } },
    })
    await zones.applyManifests(zones.aRetentionPolicy(namespace, 'agenda', ['ticket', 'reponse']), bot)
    await zones.kube('wait', 'callbot', 'agenda', '-n', namespace, '--for=condition=PodsAvailable', '--timeout=180s')
    await routeIs('Primary/paris', 60)
    const edges = await readyEdges()
    await zones.untilPublished(NUMBER)
    callers = await Promise.all(edges.map((edge) => callerOf(edge)))
  })
  after(async () => {
    for (const caller of callers ?? []) caller.close()
    await Promise.all((services ?? []).map((service) => service.close()))
    if (namespace) await zones.removeNamespace(namespace)
  })

  const routeIs = (route: string, seconds: number) =>
    eventually(async () => {
      const { status } = await zones.kubeJson<{ status?: IntegrationStatus }>(
        ...['get', 'integration', 'agenda', '-n', namespace],
      )
      expect(status?.httpRoute).to.equal(route)
    }, seconds)

  /** One caller, until the bot hangs up. */
  async function call(index: number, fault: Mode): Promise<void> {
    const attempt = callers[index % callers.length]!.invite(NUMBER)
    const from = performance.now()
    await attempt.status(200, 15)
    attempt.within('ACK')
    const ended = await eventually(
      () => expect(attempt.requests.some((text) => text.startsWith('BYE '))).to.equal(true),
      PATIENCE_SECONDS,
    ).then(
      () => true,
      () => false,
    )
    seen.push({ fault, ended, seconds: (performance.now() - from) / 1_000 })
    if (!ended) attempt.within('BYE')
  }

  const inTurn: Mode[] = ['answers', ...WAYS]
  for (const fault of inTurn) {
    const calls = Math.ceil(CALLS / inTurn.length)

    it(`answers for the primary that ${fault}: no dialog fails`, async () => {
      // Callers are there before anybody knows.
      const falling = services[0]!.fall(fault)
      const began = performance.now()
      const status = fault === 'answers' ? undefined : routeIs('Backup/lyon', 3 * SHOWN_SECONDS)
      void status?.then(
        () => shown.push({ fault, seconds: (performance.now() - began) / 1_000 }),
        () => undefined,
      )
      for (let index = 0; index < calls; index += AT_ONCE) {
        const some = Math.min(AT_ONCE, calls - index)
        await Promise.all(Array.from({ length: some }, (_, at) => call(index + at, fault)))
      }
      await falling
      await status
      expect(seen.filter((each) => each.fault === fault && !each.ended)).to.deep.equal([])
    })

    it(`gives way to the primary that ${fault} no more`, async () => {
      await services[0]!.fall('answers')
      await routeIs('Primary/paris', 3 * SHOWN_SECONDS)
    })
  }

  it('confirms nothing twice, and books for every caller', () => {
    const received = services.flatMap((service) => service.received)
    const tickets = received.flatMap(({ url }) => url.split('/confirm?ticket=')[1] ?? [])
    const keys = received.filter(({ url }) => url.endsWith('/book')).map(({ headers }) => headers['idempotency-key'])
    expect(new Set(keys).size).to.equal(seen.length)
    const twice = tickets.length - new Set(tickets).size
    figures(tickets.length, twice)
    expect(twice, 'confirmations of one ticket').to.equal(0)
  })

  it('is shown by kubectl get integrations within seconds of each fault', () => {
    expect(shown.map(({ fault }) => fault)).to.have.members([...WAYS])
    expect(Math.max(...shown.map(({ seconds }) => seconds))).to.be.below(SHOWN_SECONDS)
  })

  function figures(confirmed: number, confirmedTwice: number): void {
    const times = inTurn.map((fault) => {
      const of = seen.filter((each) => each.fault === fault).map(({ seconds }) => seconds)
      return { fault, p50: percentile(of, 50), p99: percentile(of, 99) }
    })
    const failed = seen.filter(({ ended }) => !ended).length
    writeEvidence('http-backup', { calls: seen.length, failed, confirmed, confirmedTwice, times, shown })
    printFigures("the client's web service fails, as callers see it", [
      ['calls', `${seen.length}`],
      ['dialogs that failed', `${failed}`],
      ['confirmed once (the others may have been received by a failing endpoint)', `${confirmed}`],
      ...times.map(
        ({ fault, p50, p99 }) =>
          [`INVITE to BYE, ${fault}`, `p50 ${p50.toFixed(2)} s, p99 ${p99.toFixed(2)} s`] as const,
      ),
    ])
  }
})
