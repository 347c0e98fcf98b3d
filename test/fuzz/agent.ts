import { silent } from '../../src/runtime/log.ts'
import type { Clock } from '../../src/runtime/clock.ts'
import { createReceiver } from '../../src/telephony/agent/message-router.ts'
import { createStatelessAnswer } from '../../src/telephony/agent/stateless-responses.ts'
import { DialogTable, type AgentContext } from '../../src/telephony/dialog/agent-context.ts'
import { TransactionLayer } from '../../src/telephony/transaction/transaction-layer.ts'
import type { Flow, Receive } from '../../src/telephony/transport/flow.ts'
import { callCapabilities } from '../../src/telephony/uas.ts'

/** A user agent that answers every call, on a flow that keeps what it sends. */
export interface FuzzedAgent {
  readonly receive: Receive
  readonly flow: Flow
  /** What was sent since the last look. */
  sent(): Uint8Array[]
  /** Lets every timer that waits fire once, whatever its time. */
  elapse(): void
}

const body = { type: 'application/sdp', content: Buffer.from('v=0\r\n') }

export function createFuzzedAgent(): FuzzedAgent {
  let octets: Uint8Array[] = []
  const flow: Flow = {
    peer: { transport: 'UDP', address: '192.0.2.7', port: 5061, names: [] },
    localPort: 5060,
    isReliable: false,
    isOpen: true,
    send: (message) => void octets.push(message),
    onClose: () => () => {},
    hold: () => () => {},
  }
  const tasks = new Set<() => void>()
  const clock: Clock = {
    monotonic: () => 0,
    wall: () => 0,
    after(_, task) {
      tasks.add(task)
      return () => tasks.delete(task)
    },
  }
  const transports = {
    ports: {},
    open: () => Promise.resolve(flow),
    udpTo: () => flow,
    renew: () => {},
    close: () => Promise.resolve(),
  }
  const layer = new TransactionLayer({ clock, host: 'bot' })
  const can = callCapabilities
  const context: AgentContext = { host: 'bot', can, clock, log: silent, layer, transports, table: new DialogTable() }
  const receive = createReceiver({
    context,
    freeze: { isRecovering: () => false, hasStalledSince: () => false, reading: () => {}, end: () => {} },
    lines: { read: () => false },
    answer: createStatelessAnswer(Buffer.alloc(32, 1), () => transports),
    admit: () => undefined,
    onCall(call) {
      call.ring(183, { body })
      void call.accept({ body }).then((dialog) => dialog?.handle({ onOffer: () => ({ body }), onInfo: () => true }))
    },
  })
  return {
    receive,
    flow,
    sent() {
      const all = octets
      octets = []
      return all
    },
    elapse() {
      for (const task of [...tasks]) if (tasks.delete(task)) task()
    },
  }
}

/** Messages of one call, as its caller sends them after the bot answered with that tag; with an empty one, before. */
export function callMessages(toTag: string): Buffer[] {
  const to = toTag === '' ? '' : `;tag=${toTag}`
  const sdp = ['Content-Type: application/sdp', 'Content-Length: 5', '', 'v=0', '']
  const none = ['Content-Length: 0', '', '']
  const message = (method: string, number: number, ...rest: string[]) =>
    Buffer.from(
      [
        `${method} sip:bot@bot SIP/2.0`,
        `Via: SIP/2.0/UDP 192.0.2.7:5061;branch=z9hG4bKcall${number}${method === 'ACK' ? 'a' : ''};rport`,
        'Max-Forwards: 70',
        'From: <sip:caller@192.0.2.7>;tag=theirs',
        `To: <sip:bot@bot>${method === 'CANCEL' ? '' : to}`,
        'Call-ID: fuzzed',
        `CSeq: ${number} ${method}`,
        'Contact: <sip:caller@192.0.2.7:5061>',
        'Record-Route: <sip:192.0.2.7;lr>',
        ...rest,
      ].join('\r\n'),
      'latin1',
    )
  const first = message('INVITE', 1, 'Supported: 100rel, timer', 'Session-Expires: 120;refresher=uas', ...sdp)
  if (toTag === '') return [first, message('CANCEL', 1, ...none), message('INVITE', 1, 'Require: 100rel', ...sdp)]
  return [
    message('PRACK', 2, 'RAck: 1 1 INVITE', ...none),
    message('ACK', 1, ...none),
    message('INVITE', 3, 'Session-Expires: 120;refresher=uac', ...sdp),
    message('UPDATE', 4, 'Allow: INVITE, UPDATE', ...sdp),
    message('INFO', 5, 'Content-Type: application/dtmf-relay', 'Content-Length: 10', '', 'Signal=5', ''),
    message('NOTIFY', 6, 'Event: refer', 'Subscription-State: active', ...none),
    message('REFER', 7, 'Refer-To: <sip:a@b>', ...none),
    message('BYE', 8, ...none),
  ]
}
