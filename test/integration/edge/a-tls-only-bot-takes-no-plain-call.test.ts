// @seconds 5
import { expect } from 'chai'
import type { RouteMedia } from '../../../src/rules/route.ts'
import { startPlainTcpCaller, startTlsCaller, type PlainCaller } from '../../harness/plain-caller.ts'
import { aRoute, loopback, NUMBER, PATIENT, setStage, type Stage } from './stage.ts'

describe('a bot says over which transports callers may reach it', function () {
  this.timeout(60_000)
  let stage: Stage
  let callers: Record<'UDP' | 'TCP' | 'TLS', PlainCaller>
  let epoch = 1

  before(async () => {
    stage = await setStage(18, { values: [PATIENT] })
    await stage.rig.publish(stage.seen())
    await stage.pod(stage.far)
    await stage.untilServed(stage.far)
    callers = {
      UDP: stage.caller,
      TCP: await startPlainTcpCaller(loopback(18, 3), stage.rig.address),
      TLS: await startTlsCaller(stage.rig.address, { rejectUnauthorized: false }),
    }
  })
  after(async () => {
    for (const caller of [callers?.TCP, callers?.TLS]) caller?.close()
    await stage?.stop()
  })

  const cases: [RouteMedia['sipTransport'], Record<'UDP' | 'TCP' | 'TLS', number>][] = [
    ['TLS', { UDP: 403, TCP: 403, TLS: 200 }],
    ['TLSOrTCP', { UDP: 403, TCP: 200, TLS: 200 }],
    ['Any', { UDP: 200, TCP: 200, TLS: 200 }],
  ]
  for (const [sipTransport, expected] of cases) {
    it(`${sipTransport}: ${JSON.stringify(expected)}`, async () => {
      const route = { ...aRoute(++epoch), media: { sipTransport, srtp: 'Preferred' as const } }
      await stage.rig.publish(stage.seen(route))
      for (const [transport, status] of Object.entries(expected)) {
        const caller = callers[transport as keyof typeof callers]
        expect((await caller.invite(NUMBER).final()).status, transport).to.equal(status)
      }
    })
  }
})
