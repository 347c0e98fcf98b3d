import { readAddress } from '../../lib/ip-address.ts'
import type { Grant } from '../../rules/address-grants.ts'
import { because, type EgressPolicy, isRefused, judge } from '../../rules/egress.ts'
import { addressKey, isGranted } from './address-claims.ts'

export interface TrunkEgress {
  egress: EgressPolicy
  grants: readonly Grant[]
  /** See `Asker`. */
  isOnLoopback: boolean
}

/** Nothing: the address is open. Refused: it is not called. Noted: it is called, and is not where the administrator enforces the policy. */
export type TrunkJudgement = { refused?: string; noted?: string }

/**
 * Whether edges call a trunk at an address, by what its name resolved to: what a tenant writes into an Integration must not lead to the edge
 * itself, a metadata service, the API server or another tenant's Service.
 * @param address as it is called; @param host as the Integration names it
 */
export function judgeTrunk(
  { address, host, namespace }: { address: string; host: string; namespace: string },
  { egress, grants, isOnLoopback }: TrunkEgress,
): TrunkJudgement {
  const judgement = judge(readAddress(address), { namespace, isOnLoopback }, egress)
  if (judgement === 'Open') return {}
  if (judgement !== 'Never' && isGranted(grants, addressKey(address)!, namespace)) return {}
  const text = `${host === address ? '' : `${host}: `}${because(judgement, address, namespace)}`
  return isRefused(judgement, egress) ? { refused: text } : { noted: text }
}
