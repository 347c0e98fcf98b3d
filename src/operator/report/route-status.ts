import type { IntegrationStatus } from '../../api/integration.ts'
import { defined } from '../../lib/defined.ts'
import { metaTime } from '../../lib/meta-time.ts'
import type { ObservedPart, ObservedRoute } from '../../rules/route-status.ts'

export type ShownRoute = NonNullable<IntegrationStatus['sip']>
type ShownPart = NonNullable<ShownRoute['parts']>[number]

/**
 * A route as the status shows it. What lasts keeps the moment at which it was first seen: an edge that restarts has
 * forgotten it, and that is no news.
 */
export function showRoute(seen: ObservedRoute, before: ShownRoute | undefined): ShownRoute {
  const lasts = before?.role === seen.role && before.active === seen.active
  const since = lasts ? before.since : instant(seen.since)
  return {
    ...(seen.active !== undefined && { active: seen.active }),
    role: seen.role,
    ...(since !== undefined && { since }),
    parts: seen.parts.map((part) =>
      showPart(
        part,
        before?.parts?.find(({ name }) => name === part.name),
      ),
    ),
  }
}

function showPart(
  { name, state, since: seenSince, seenBy, probeSeconds }: ObservedPart,
  before: ShownPart | undefined,
): ShownPart {
  const since = before?.state === state ? before.since : instant(seenSince)
  return { name, state, ...(since !== undefined && { since }), seenBy, ...defined({ probeSeconds }) }
}

const instant = (at: number | undefined) => (at === undefined ? undefined : metaTime(at))

/** For the columns of `kubectl get`: `Primary/paris`, or `None`. */
export const routeText = ({ role, active }: ShownRoute) => (active === undefined ? role : `${role}/${active}`)
