/** How long a record of a call lives. All times are milliseconds since 1970, all lives are seconds. */
import type { DATA_CLASSES, RetentionPolicySpec } from '../../api/retention-policy.ts'

export type DataClass = (typeof DATA_CLASSES)[number]

/** What of a RetentionPolicy decides how long data lives. */
export type Rules = Pick<RetentionPolicySpec, 'rules'>

const DAY_SECONDS = 86_400

/**
 * Seconds for which a policy keeps a class after the end of a call, from 0 to 3650 days.
 * 0 means that it is never stored: the rule says so, or there is no rule, or the policy is not known.
 */
export function lifeOf(policy: Rules | undefined, dataClass: DataClass): number {
  const rule = policy?.rules.find((one) => one.class === dataClass)
  return rule?.seconds ?? (rule?.days ?? 0) * DAY_SECONDS
}

/** Why nothing is stored. */
export type Unkept = 'PolicyUnknown' | 'NoRule' | 'ZeroDays'

export type Birth =
  | { readonly kind: 'discarded'; readonly because: Unkept }
  | { readonly kind: 'kept'; readonly life: number; readonly expiresAt: number }

/**
 * What becomes of a record when it is made. Its expiry never moves to a later time: a policy that becomes stricter shortens it
 * (`shortening`), one that becomes wider has no effect on it.
 * @param policy undefined while it is not known: then nothing is kept
 * @param endedAt end of the call; of a record that is stored while the call lasts, the time at which it was made
 */
export function bornUnder(policy: Rules | undefined, dataClass: DataClass, endedAt: number): Birth {
  const life = lifeOf(policy, dataClass)
  if (life > 0) return { kind: 'kept', life, expiresAt: endedAt + life * 1_000 }
  if (policy === undefined) return { kind: 'discarded', because: 'PolicyUnknown' }
  const hasRule = policy.rules.some((one) => one.class === dataClass)
  return { kind: 'discarded', because: hasRule ? 'ZeroDays' : 'NoRule' }
}

/**
 * Seconds by which data expires earlier than it was born to. Never less than before.
 * @param life for which it was collected, in seconds
 * @param before seconds by which it has been shortened already
 * @param current life that the policy has now, in seconds
 */
export const shortening = (life: number, before: number, current: number): number => Math.max(before, life - current)
