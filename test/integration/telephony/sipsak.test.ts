// @seconds 2
import { expect } from 'chai'
import { ensurePackages } from '../../../hack/cluster/packages.ts'
import { tryRun } from '../../../hack/cluster/shell.ts'
import { systemClock as clock } from '../../../src/runtime/system-clock.ts'
import { silent } from '../../../src/runtime/log.ts'
import type { Refusal } from '../../../src/telephony/call.ts'
import { createUserAgent, type UserAgent } from '../../../src/telephony/user-agent.ts'

describe('a probe by sipsak, which we did not write', () => {
  let agent: UserAgent
  let refusal: Refusal | undefined
  before(ensurePackages)
  beforeEach(async () => {
    refusal = undefined
    agent = await createUserAgent({
      host: '127.0.0.1',
      listen: { udp: { port: 0 }, tcp: { port: 0 } },
      clock,
      log: silent,
      admit: () => refusal,
      onCall: (call) => call.refuse(486),
    })
  })
  afterEach(() => agent.close(100))

  const probe = (transport: 'udp' | 'tcp') =>
    tryRun('sipsak', ['-vv', '-E', transport, '-s', `sip:bot@127.0.0.1:${agent.ports[transport]}`])

  for (const transport of ['udp', 'tcp'] as const) {
    it(`is answered over ${transport.toUpperCase()}`, async () => {
      const { code, stdout } = await probe(transport)
      expect(stdout).to.include('SIP/2.0 200 OK')
      expect(code).to.equal(0)
    })
  }

  it('is answered that the pod drains', async () => {
    refusal = { status: 503 }
    const { code, stdout } = await probe('udp')
    expect(stdout).to.include('SIP/2.0 503 Service Unavailable')
    expect(code).not.to.equal(0)
  })
})
