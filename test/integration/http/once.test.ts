// @seconds 18
import { expect } from 'chai'
import fc from 'fast-check'
import { createAuthority } from '../../harness/authority.ts'
import { mountedSecrets } from '../../harness/mounted-secrets.ts'
import { openStage } from '../../harness/operations.ts'
import { FAULTS, type Mode, startWebService, type WebService } from '../../harness/web-service.ts'

const never = new AbortController().signal
const authority = createAuthority('client CA')
const name = { name: 'book', method: 'POST', path: '/book', timeoutMilliseconds: 100 } as const

interface Change {
  primary: Mode
  backup: Mode
  ms: number
}

/** What happens to the two endpoints, and how long it stays so, while callers book. */
const mode = fc.constantFrom<Mode>('answers', 'answers', ...FAULTS)
const change = fc.record({ primary: mode, backup: mode, ms: fc.integer({ min: 0, max: 60 }) })
const schedule = fc.array(change, { minLength: 1, maxLength: 8 })

describe('an operation that must not be repeated', function () {
  this.timeout(120_000)
  let services: WebService[]
  let called = 0
  let secrets: ReturnType<typeof mountedSecrets>

  beforeEach(() => (secrets = mountedSecrets({ ca: { 'ca.crt': authority.cert } })))
  afterEach(async () => {
    await Promise.all(services.map((service) => service.close()))
    secrets.remove()
  })

  const start = async (isPlain: boolean) => {
    const one = () => startWebService(isPlain ? {} : { authority })
    services = await Promise.all([one(), one()])
    const operation = {
      ...name,
      idempotency: 'NotIdempotent' as const,
      input: [{ name: 'call', in: 'Query' as const }],
    }
    const tls = { caSecretRef: { name: 'ca', key: 'ca.crt' } }
    return () =>
      openStage(services, {
        http: { operations: [operation], circuitBreaker: { windowCalls: 4, openSeconds: 1 } },
        secretsFolder: secrets.folder,
        ...(isPlain ? {} : { endpoint: { tls } }),
      })
  }

  /** Two callers book at each change of the weather, and each change may come while they wait. */
  const live = async (stage: ReturnType<typeof openStage>, changes: readonly Change[]) => {
    const booked: Promise<{ call: string; outcome: string }>[] = []
    const book = async (call: string) => {
      const asked = { integration: 'cabinet', operation: 'book', input: { call } }
      return { call, outcome: (await stage.operations.call(asked, never)).outcome }
    }
    for (const { primary, backup, ms } of changes) {
      await Promise.all([services[0]!.fall(primary), services[1]!.fall(backup)])
      booked.push(book(`${++called}`), book(`${++called}`))
      await new Promise((resolve) => setTimeout(resolve, ms))
    }
    return Promise.all(booked).finally(() => stage.close())
  }

  for (const isPlain of [false, true]) {
    it(`is received at most once, and exactly once when it is done, whatever happens to the web service${isPlain ? ', without TLS too' : ''}`, async () => {
      const open = await start(isPlain)
      const check = async (changes: readonly Change[]) => {
        for (const service of services) service.received.length = 0
        const calls = await live(open(), changes)
        const received = services.flatMap((service) => service.received.map(({ url }) => url.split('call=')[1]))
        for (const { call, outcome } of calls) {
          const times = received.filter((each) => each === call).length
          expect(times, `${call} ${outcome}`).to.be.at.most(1)
          if (outcome === 'Done') expect(times).to.equal(1)
        }
      }
      await fc.assert(fc.asyncProperty(schedule, check), { numRuns: 40, endOnFailure: true })
    })
  }
})
