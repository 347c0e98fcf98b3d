import { createHmac } from 'node:crypto'
import type { Authority } from '../../pki/certificate-authority.ts'

/*
 * API servers come without a certificate unless each is configured to bring one, which no installation can ask for. Yet a
 * review answers with names out of the namespace that it is asked about, so a pod of another client must not get one. So the
 * path carries a password that only the operator's replicas can derive and only administrators can read, in the
 * ValidatingWebhookConfiguration.
 */

/** The password that goes with a CA. Replicas share the CA, and so derive the same one. */
const passwordOf = (key: string) => createHmac('sha256', key).update('callbot-webhook').digest('hex').slice(0, 32)

/** The path that the configuration shall name. Undefined while there is no CA. */
export const reviewPath = ({ current }: Authority, kind: string): string | undefined =>
  current === undefined ? undefined : `/review/${passwordOf(current.key)}/${kind}`

/** Every password that is taken: the API server may still use the one of before a change of the CA. */
export const passwords = ({ current, next, previous }: Authority): string[] =>
  [current, next, previous].flatMap((authority) => (authority === undefined ? [] : [passwordOf(authority.key)]))
