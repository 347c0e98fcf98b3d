import { param } from '../../wire/sip/params.ts'
import type { UnderstoodRequest } from '../../wire/sip/parse-headers.ts'
import type { Flow } from '../transport/flow.ts'
import type { Transports } from '../transport/transports.ts'

const DEFAULT_PORT = 5060
const DEFAULT_TLS_PORT = 5061

/**
 * The flow that the responses to a request take (RFC 3261 18.2.2, RFC 3581 4): the connection it came by, or a new one to sent-by if
 * that is gone; over UDP back to its source port if `rport` asks for it, else to the port of sent-by.
 */
export function replyFlow({ vias }: UnderstoodRequest, flow: Flow, transports: Transports): Flow {
  const [via] = vias
  const { transport, address } = flow.peer
  if (transport === 'UDP') {
    if (param(via.params, 'rport') !== undefined) return flow
    return transports.udpTo(address, via.port ?? DEFAULT_PORT) ?? flow
  }
  const port = via.port ?? (transport === 'TLS' ? DEFAULT_TLS_PORT : DEFAULT_PORT)
  let again: Promise<Flow> | undefined
  return {
    peer: flow.peer,
    localPort: flow.localPort,
    isReliable: flow.isReliable,
    get isOpen() {
      return flow.isOpen
    },
    onClose: (task) => flow.onClose(task),
    hold: () => flow.hold(),
    send(octets) {
      if (flow.isOpen) return flow.send(octets)
      again ??= transports.open({ transport, host: address, port })
      // If the way back is gone too, the other side will notice by its own timers.
      again.then((other) => other.send(octets)).catch(() => {})
    },
  }
}
