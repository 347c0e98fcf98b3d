import { splitList } from './grammar.ts'
import { headers, type SipMessage } from './message.ts'

/** The items of a header field that is a list, over all its lines, each as written (RFC 3261 7.3.1). Empty ones are left out. */
export function listed(message: SipMessage, id: string): string[] {
  return headers(message, id)
    .flatMap((value) => splitList(value) ?? [value])
    .filter((item) => item !== '')
}

/** Whether a list of tokens, such as Supported or Allow, names this one; the case doesn't matter for option tags, and methods come in capitals. */
export function names(message: SipMessage, id: string, token: string): boolean {
  return listed(message, id).some((item) => item.toLowerCase() === token.toLowerCase())
}
