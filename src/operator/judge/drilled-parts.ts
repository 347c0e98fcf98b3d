import type { Side } from '../../api/drill-run.ts'
import type { DeclaredPart } from '../../rules/route-status.ts'
import type { DrillSurroundings } from '../world/drills.ts'
import type { IntegrationFacts } from '../world/integration.ts'

/** The trunks or endpoints of an Integration that a drill is about: the primary, and the backup that is tried first. Undefined: there is none. */
export function drilledParts(
  integration: Pick<IntegrationFacts, 'trunks' | 'endpoints'> | undefined,
  side: Side,
): { primary: DeclaredPart | undefined; backup: DeclaredPart | undefined } {
  const parts: readonly DeclaredPart[] | undefined =
    side === 'SIP' ? integration?.trunks?.trunks : integration?.endpoints
  const first = (role: DeclaredPart['role']) => parts?.find((part) => part.role === role)
  return { primary: first('Primary'), backup: first('Backup') }
}

/** Zones in which there are edges, or ready pods, that could take part in a drill of that side. */
export const drilledZones = ({ sip, podZones }: DrillSurroundings, side: Side): string[] =>
  side === 'SIP' ? sip.zones : podZones

/** There is a destination for its tests. */
export const hasTest = ({ testCall, testOperation }: IntegrationFacts, side: Side): boolean =>
  side === 'SIP' ? testCall !== undefined : testOperation !== undefined
