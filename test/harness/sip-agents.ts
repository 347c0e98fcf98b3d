import { silent } from '../../src/runtime/log.ts'
import type { IncomingCall, TransportName } from '../../src/telephony/call.ts'
import { createUserAgent, type UserAgent, type UserAgentOptions } from '../../src/telephony/user-agent.ts'
import { FakeClock } from './fake-clock.ts'
import { SipNetwork } from './sip-network.ts'

/** A network in memory with user agents of ours on it. */
export interface Stage {
  readonly clock: FakeClock
  readonly network: SipNetwork
  agent(host: string, onCall?: UserAgentOptions['onCall'], o?: Partial<UserAgentOptions>): Promise<UserAgent>
  /** The calls that came to agents without an `onCall`. */
  readonly calls: IncomingCall[]
}

export function stage(transport: TransportName): Stage {
  const clock = new FakeClock()
  const network = new SipNetwork(clock, transport)
  const calls: IncomingCall[] = []
  return {
    clock,
    network,
    calls,
    agent: (host, onCall = (call) => void calls.push(call), o = {}) => {
      const options = { host, listen: {}, clock, log: silent, admit: () => undefined, onCall, ...o }
      return createUserAgent(options, network.open)
    },
  }
}
