// @tier proof  @programs voice  @alone
// @guard test/integration/http/once.test.ts
// @guard test/integration/http/faults.test.ts
import { expect } from 'chai'
import { printFigures } from '../../../hack/evidence.ts'
import { createAuthority } from '../../harness/authority.ts'
import { eventually } from '../../harness/eventually.ts'
import { mountedSecrets } from '../../harness/mounted-secrets.ts'
import { openStage } from '../../harness/operations.ts'
import { FAULTS, type Mode, startWebService, type WebService } from '../../harness/web-service.ts'

const EACH = 125
const never = new AbortController().signal
const authority = createAuthority('client CA')
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** The primary fails in each way, in turn, under callers who come every 20 ms, and recovers. */
describe('a thousand operations', function () {
  this.timeout(180_000)
  let services: WebService[]
  let secrets: ReturnType<typeof mountedSecrets>
  let stage: ReturnType<typeof openStage>
  const seen: { fault: Mode; id: string; name: string; outcome: string; ms: number }[] = []

  before(async () => {
    services = await Promise.all([1, 2].map(() => startWebService({ authority })))
    secrets = mountedSecrets({ ca: { 'ca.crt': authority.cert } })
    const operation = { method: 'POST' as const, timeoutMilliseconds: 3_000 }
    const input = [{ name: 'call', in: 'Query' as const }]
    stage = openStage(services, {
      http: {
        operations: [
          { ...operation, input, name: 'keyed', path: '/keyed', idempotency: 'IdempotencyKey' },
          { ...operation, input, name: 'once', path: '/once' },
        ],
        probe: { path: '/health', intervalSeconds: 1, timeoutMilliseconds: 500 },
        circuitBreaker: { openSeconds: 2 },
      },
      endpoint: { tls: { caSecretRef: { name: 'ca', key: 'ca.crt' } } },
      secretsFolder: secrets.folder,
    })
    await bothUp()
  })
  after(async () => {
    await stage.close()
    await Promise.all(services.map((service) => service.close()))
    secrets.remove()
  })

  const bothUp = () =>
    eventually(() => expect(stage.operations.view().map(({ state }) => state)).to.deep.equal(['Up', 'Up']), 15)

  const call = async (fault: Mode, index: number) => {
    const name = index % 5 === 0 ? 'once' : 'keyed'
    const id = `${fault}-${index}`
    const from = performance.now()
    const { outcome } = await stage.operations.call(
      { integration: 'cabinet', operation: name, input: { call: id } },
      never,
    )
    seen.push({ fault, id, name, outcome, ms: performance.now() - from })
  }
  const timesReceived = (id: string) =>
    services.flatMap(({ received }) => received.filter(({ url }) => url.endsWith(`=${id}`))).length

  it('that may be repeated are all done, while the primary fails in eight ways', async () => {
    for (const fault of FAULTS) {
      const calls = []
      const falling = services[0]!.fall(fault)
      for (let index = 0; index < EACH; index++) {
        calls.push(call(fault, index))
        await pause(20)
      }
      await Promise.all([falling, ...calls])
      await services[0]!.fall('answers')
      await bothUp()
    }
    expect(seen).to.have.length(EACH * FAULTS.length)
    expect(seen.filter(({ name, outcome }) => name === 'keyed' && outcome !== 'Done')).to.deep.equal([])
    printFigures(
      'operations while the primary',
      FAULTS.map((fault) => {
        const of = seen.filter((each) => each.fault === fault)
        const ms = of.map((each) => each.ms)
        const at = (share: number) => `${Math.round(quantile(ms, share))} ms`
        const failed = of.filter(({ outcome }) => outcome === 'Failed').length
        return [fault, `p50 ${at(0.5)}, p90 ${at(0.9)}, p99 ${at(0.99)}; not repeated, so failed: ${failed}`]
      }),
    )
  })

  it('that must not be repeated are received once at most, and exactly once when they are done', () => {
    for (const { id, outcome } of seen.filter(({ name }) => name === 'once')) {
      expect(timesReceived(id), `${id} ${outcome}`).to.be.at.most(1)
      if (outcome === 'Done') expect(timesReceived(id), id).to.equal(1)
    }
  })

  it('keep callers waiting no longer than a caller waits', () => {
    const nine = (...faults: Mode[]) =>
      quantile(
        seen.filter(({ fault }) => faults.includes(fault)).map(({ ms }) => ms),
        0.9,
      )
    expect(nine('refuses', 'drops', 'fails', 'resets', 'breaks')).to.be.below(1_000)
    expect(nine('mute', 'hangs', 'slow')).to.be.below(5_000)
  })

  it('go back to the primary when it is well', async () => {
    await call('answers', 1)
    expect(stage.tries.at(-1)).to.equal('paris answered')
  })
})

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((one, other) => one - other)
  return sorted[Math.ceil(sorted.length * share) - 1]!
}
