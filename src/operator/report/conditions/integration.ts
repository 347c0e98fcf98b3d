import { wordingOf, type ConditionType } from '../../../api/conditions.ts'
import type { ObservedRoute } from '../../../rules/route-status.ts'
import { fine, not, type Finding } from './finding.ts'
import type { ShownRoute } from '../route-status.ts'

/** One side of an Integration: its trunks, or its endpoints. */
export interface Side {
  side: 'SIP' | 'HTTP'
  seen: ObservedRoute
  /** The same as the status shows it. */
  shown: ShownRoute
}

/**
 * What an Integration names are Secrets and hosts. Only who needs them looks at them, and tells when that fails: of each trunk,
 * and whether it is used all the same, with what it had before.
 */
export function referencesResolved(sides: readonly Side[]): Finding {
  const wrong = sides.flatMap(({ seen }) => seen.parts).filter(({ because }) => because !== undefined)
  if (wrong.length === 0) return notedOf(sides)
  const reason = wrong.every(({ state }) => state === 'Up') ? 'SecretRefused' : 'TrunkUnusable'
  const because = wrong.map((part) => `${part.name}: ${part.because!}`).join('. ')
  return not('ReferencesResolved', reason, wordingOf(reason, { because }))
}

/** All can be used, and what the egress policy would refuse is named while nobody enforces it. */
function notedOf(sides: readonly Side[]): Finding {
  const resolved = fine('ReferencesResolved', 'the edges can use the Secrets and addresses of all trunks')
  const noted = sides.flatMap(({ seen }) => seen.parts).filter((part) => part.noted !== undefined)
  if (noted.length === 0) return resolved
  const because = noted.map((part) => `${part.name}: ${part.noted!}. With egress.enforce it is not called`).join('. ')
  return { ...resolved, reason: 'AddressNotOpen', message: wordingOf('AddressNotOpen', { because }) }
}

/** None while edges probe each trunk as often as the spec says. @param asked seconds, as the spec has them */
export function probesInTime(sip: ShownRoute | undefined, asked: number | undefined): Finding[] {
  const seconds = Math.max(0, ...(sip?.parts ?? []).map(({ probeSeconds = 0 }) => probeSeconds))
  if (asked === undefined || seconds <= asked) return []
  return [not('ProbesInTime', 'ProbesShared', wordingOf('ProbesShared', { seconds, asked }))]
}

/** Whether calls and requests get through, and by which way. */
export const routeAvailable = (sides: readonly Side[]): Finding =>
  worst('RouteAvailable', sides.map(routeOfSide), ['AllRoutesDown', 'RouteUnknown', 'BackupInUse', 'PrimaryReturning'])

function routeOfSide({ side, seen, shown }: Side): Finding {
  const type = 'RouteAvailable'
  const primary = seen.parts.find(({ role }) => role === 'Primary')?.name ?? ''
  const name = seen.active ?? ''
  const since = shown.parts?.find((part) => part.name === primary)?.since ?? 'an unknown time'
  switch (seen.role) {
    case 'None':
      return not(type, 'AllRoutesDown', wordingOf('AllRoutesDown', { side, primary }))
    case 'Unknown':
      return unknown(type, side)
    case 'Primary':
      return { ...fine(type, ''), reason: 'PrimaryInUse', message: wordingOf('PrimaryInUse', { side, name }) }
    case 'Backup': {
      const isBack = seen.parts.some((part) => part.name === primary && part.state === 'Up')
      const reason = isBack ? 'PrimaryReturning' : 'BackupInUse'
      return { ...fine(type, ''), reason, message: wordingOf(reason, { side, name, primary, since }) }
    }
  }
}

/** Whether a backup would answer if it were needed now. */
export const backupAvailable = (sides: readonly Side[]): Finding =>
  worst('BackupAvailable', sides.map(backupOfSide), ['BackupDown', 'BackupMissing', 'RouteUnknown'])

function backupOfSide({ side, seen, shown }: Side): Finding {
  const type = 'BackupAvailable'
  const primary = seen.parts.find(({ role }) => role === 'Primary')?.name ?? ''
  const backups = seen.parts.filter(({ role }) => role === 'Backup')
  if (backups.length === 0) return not(type, 'BackupMissing', wordingOf('BackupMissing', { side, primary }))
  if (backups.some(({ state }) => state === 'Up')) return fine(type, `${side} has a backup that answers`)
  const down = backups.find(({ state }) => state === 'Down')
  if (down === undefined) return unknown(type, side)
  const since = shown.parts?.find((part) => part.name === down.name)?.since ?? 'an unknown time'
  return not(type, 'BackupDown', wordingOf('BackupDown', { name: down.name, since, side }))
}

const unknown = (type: ConditionType, side: Side['side']): Finding => ({
  type,
  status: 'Unknown',
  reason: 'RouteUnknown',
  message: wordingOf('RouteUnknown', { side, observers: side === 'SIP' ? 'edge' : 'pod' }),
})

/** Both sides as one: the reason is that of the worse, the sentences are of both unless one is a fault. */
function worst(type: ConditionType, findings: readonly Finding[], order: readonly Finding['reason'][]): Finding {
  const rank = ({ reason }: Finding) => (order.includes(reason) ? order.indexOf(reason) : order.length)
  const [first = fine(type, 'no trunk and no endpoint has reported yet'), ...others] = [...findings].sort(
    (a, b) => rank(a) - rank(b),
  )
  if (first.status !== 'True') return first
  return { ...first, message: [first, ...others].map(({ message }) => message).join('. ') }
}

/**
 * The summary: True while calls and requests get through, with the reason why a person should look all the same; the other
 * conditions say what is lacking for the next fault.
 */
export function summariseIntegration(references: Finding, route: Finding, backup: Finding): Finding {
  if (references.status !== 'True' && route.status !== 'Unknown') {
    return { ...references, type: 'Ready', status: route.status } // it explains what is wrong with the route
  }
  if (route.status !== 'True') return { ...route, type: 'Ready' }
  if (route.reason !== 'PrimaryInUse') return { ...route, type: 'Ready' }
  if (backup.reason === 'BackupDown') return { ...backup, type: 'Ready', status: 'True' }
  return {
    ...route,
    type: 'Ready',
    reason: 'RouteAnswers',
    message: wordingOf('RouteAnswers', { route: route.message }),
  }
}
