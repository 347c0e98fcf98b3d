import { describeBug } from '../runtime/redacted-error.ts'
import { randomOctets } from '../runtime/random.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Log } from '../runtime/log.ts'
import { defaultStallLimits, deferWhileRecovering, detectStalls, type StallLimits } from './agent/stall-detector.ts'
import { detectConnectionStalls } from './agent/connection-stall-detector.ts'
import { originate } from './agent/outgoing-call.ts'
import { createReceiver } from './agent/message-router.ts'
import { createStatelessAnswer } from './agent/stateless-responses.ts'
import type { IncomingCall, Peer, OriginateResult, OriginateOptions, Refusal } from './call.ts'
import { DialogTable, type AgentContext } from './dialog/agent-context.ts'
import type { Identity } from '../pki/identity.ts'
import { TransactionLayer } from './transaction/transaction-layer.ts'
import type { Receive } from './transport/flow.ts'
import { defaultTransportLimits, type TransportLimits } from './transport/limits.ts'
import { openTransports, type TransportOptions, type Transports } from './transport/transports.ts'
import { callCapabilities, type Capabilities } from './uas.ts'

export interface UserAgentOptions extends Pick<TransportOptions, 'host' | 'listen' | 'tls'> {
  readonly clock: Clock
  readonly log: Log
  /** Asked for each new INVITE and OPTIONS: why it is turned away now, such as 503 while draining or full. */
  readonly admit: (method: 'INVITE' | 'OPTIONS', peer: Peer) => Refusal | undefined
  /** A new call. What it throws or rejects with refuses the call with 500, and touches no other. */
  readonly onCall: (call: IncomingCall) => void | Promise<void>
  readonly can?: Capabilities
  readonly limits?: TransportLimits
  readonly stallLimits?: StallLimits
}

export interface UserAgent {
  readonly ports: Transports['ports']
  /** Dialogs that live, early ones included. */
  dialogs(): number
  originate(o: OriginateOptions): Promise<OriginateResult>
  /** Another certificate, for the connections from now on. */
  renew(identity: Identity): void
  /** Closes the ports and, `graceMs` later at most, all connections. Hangs up nothing: do that before. */
  close(graceMs: number): Promise<void>
}

/**
 * A SIP user agent for calls (RFC 3261), server and client, over the transports that are asked for.
 * @param open for tests: another network than the real one
 * @throws Error if a port can't be had
 */
export async function createUserAgent(
  o: UserAgentOptions,
  open: (options: TransportOptions) => Promise<Transports> = openTransports,
): Promise<UserAgent> {
  const { host, log, can = callCapabilities, limits = defaultTransportLimits } = o
  const stallLimits = o.stallLimits ?? defaultStallLimits
  const stallDetector = detectStalls(o.clock, stallLimits, (ms) => {
    log.warn({ milliseconds: Math.round(ms) }, 'the process stalled; calls that waited meanwhile are rejected')
  })
  const clock = deferWhileRecovering(o.clock, stallDetector, stallLimits.quietMs, (error) => {
    log.error(describeBug(error), 'a timer failed')
  })
  let receive: Receive = () => {}
  const transports = await open({ ...o, limits, clock, receive: (message, flow) => receive(message, flow) })
  const layer = new TransactionLayer({ clock, host })
  const context: AgentContext = { host, can, clock, log, layer, transports, table: new DialogTable() }
  const answer = createStatelessAnswer(randomOctets(32), () => transports)
  receive = createReceiver({
    context,
    freeze: stallDetector,
    lines: detectConnectionStalls(o.clock),
    answer,
    admit: o.admit,
    onCall: o.onCall,
  })
  return {
    ports: transports.ports,
    dialogs: () => context.table.size,
    originate: (options) => originate(context, options),
    renew: (identity) => transports.renew(identity),
    async close(graceMs) {
      await transports.close(graceMs)
      stallDetector.end()
      clock.stop()
    },
  }
}
