import { bracketed } from '../../lib/ip-address.ts'
import { describeBug } from '../../runtime/redacted-error.ts'
import { randomOctets } from '../../runtime/random.ts'
import type { Clock } from '../../runtime/clock.ts'
import type { Log } from '../../runtime/log.ts'
import type { Header } from '../../wire/sip/message.ts'
import { field } from '../../wire/sip/serialise.ts'
import type { UnderstoodRequest } from '../../wire/sip/parse-headers.ts'
import type { TransactionLayer } from '../transaction/transaction-layer.ts'
import type { Flow } from '../transport/flow.ts'
import type { Transports } from '../transport/transports.ts'
import type { Capabilities } from '../uas.ts'

/** What all dialogs of an agent share. */
export interface AgentContext {
  readonly host: string
  readonly can: Capabilities
  readonly clock: Clock
  readonly log: Log
  readonly layer: TransactionLayer
  readonly transports: Transports
  readonly table: DialogTable
}

/** Lets work go on by itself. What goes wrong in it is logged and costs no other call. */
export function logRejection({ log }: AgentContext, work: Promise<unknown>): void {
  work.catch((error: unknown) => log.error(describeBug(error), 'a request in a SIP dialog failed'))
}

/** A dialog as requests find it. */
export interface DialogMember {
  receive(understood: UnderstoodRequest, flow: Flow): void
  acknowledged(understood: UnderstoodRequest): void
}

/** The dialogs of an agent by what names them (RFC 3261 12). */
export class DialogTable {
  readonly #members = new Map<string, DialogMember>()

  get size(): number {
    return this.#members.size
  }

  find(callId: string, localTag: string, remoteTag: string): DialogMember | undefined {
    return this.#members.get(`${callId} ${localTag} ${remoteTag}`)
  }

  /** Returns a function that takes it out again. */
  add(callId: string, localTag: string, remoteTag: string, member: DialogMember): () => void {
    const key = `${callId} ${localTag} ${remoteTag}`
    this.#members.set(key, member)
    return () => this.#members.delete(key)
  }
}

/** For From, To and Call-ID: not to be guessed (RFC 3261 19.3). */
export const newTag = () => randomOctets(10).toString('hex')

/** A number in [0, 1), for waits that must differ from those of the other side. */
export const chance = () => randomOctets(4).readUInt32BE() / 2 ** 32

/** Where requests of the dialog are to be sent to us (RFC 3261 8.1.1.8): `sips:` if the dialog began with it (12.1.1). */
export function contact({ host }: AgentContext, flow: Flow, isSips: boolean): Header {
  const at = bracketed(host)
  const uri = isSips
    ? `sips:callbot@${at}:${flow.localPort}`
    : `sip:callbot@${at}:${flow.localPort};transport=${flow.peer.transport.toLowerCase()}`
  return field('Contact', `<${uri}>`)
}
