import type { CallbotStatus } from '../../api/callbot.ts'
import { renewalReason, renewalTime } from '../../pki/certificate-renewal.ts'
import type { World } from '../world/callbot.ts'

type IssuedCertificate = NonNullable<CallbotStatus['certificate']>

export interface CertificateVerdict {
  /** Why a new one has to be issued; undefined: the one at hand serves, or there is no CA that could issue one. */
  because: string | undefined
  /** When the one at hand has to be renewed, in epoch milliseconds; undefined: there is none. */
  renewAt: number | undefined
  /** The renewal is so late that it is a fault. */
  isOverdue: boolean
}

/** A renewal that is late by more than this share of the lifetime is a fault. */
const OVERDUE_SHARE = 0.05

/** Whether the certificate serves. @param recorded the one that was issued last; undefined: none yet */
export function judgeCertificate(
  { authority, settings: { renewAtFraction }, now }: Pick<World, 'authority' | 'settings' | 'now'>,
  recorded: IssuedCertificate | undefined,
): CertificateVerdict {
  const facts = recorded && {
    ...recorded,
    notBefore: Date.parse(recorded.notBefore),
    notAfter: Date.parse(recorded.notAfter),
  }
  const because = authority && renewalReason(facts, authority, renewAtFraction, now)
  if (facts === undefined) return { because, renewAt: undefined, isOverdue: false }
  const renewAt = renewalTime(facts, renewAtFraction)
  const isOverdue = now > renewAt + OVERDUE_SHARE * (facts.notAfter - facts.notBefore)
  return { because, renewAt, isOverdue }
}
