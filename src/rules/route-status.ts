/**
 * The ways to a client's system, put together from what several observers say of them: edges of trunks, pods of endpoints.
 * Nobody's word counts more than another's, and a observer that can't be heard says nothing.
 */
import type { PartObservation, PartState } from './part-state.ts'

/** A trunk or an endpoint as the spec has it, in the order in which they are tried. */
export interface DeclaredPart {
  name: string
  role: 'Primary' | 'Backup'
}

export interface RouteObserver {
  observations: readonly PartObservation[]
  /** The part that it uses, and since when. Undefined: none that it knows of. */
  active: { part: string; since: number } | undefined
}

/** What most observers report of one part. */
export interface ObservedPart extends DeclaredPart {
  state: PartState
  since: number | undefined
  /** How many observers agree. */
  seenBy: number
  because: string | undefined
  /** Seconds between its probes, where an observer probes it less often than its Integration says: the longest. */
  probeSeconds?: number
  /** See `PartObservation`. */
  noted?: string
}

export interface ObservedRoute {
  parts: ObservedPart[]
  /** Unknown: nobody has reported. None: no part answers. */
  role: 'Primary' | 'Backup' | 'None' | 'Unknown'
  active: string | undefined
  since: number | undefined
}

/** What is so of a route, as most observers have it. */
export function summariseRoute(declared: readonly DeclaredPart[], observers: readonly RouteObserver[]): ObservedRoute {
  const parts = declared.map((part) => seenPart(part, observers))
  const active = activeOf(declared, observers)
  if (active !== undefined) {
    const since = earliest(
      observers.filter((observer) => observer.active?.part === active.name).map((w) => w.active!.since),
    )
    return { parts, role: active.role, active: active.name, since }
  }
  const isDown = parts.length > 0 && parts.every(({ state }) => state === 'Down')
  const since = isDown ? Math.max(...parts.map((part) => part.since!)) : undefined
  return { parts, role: isDown ? 'None' : 'Unknown', active: undefined, since }
}

/** Where as many say that it answers as that it doesn't, a person should look. */
function seenPart(part: DeclaredPart, observers: readonly RouteObserver[]): ObservedPart {
  const observations = observers.flatMap((observer) => observer.observations.filter((each) => each.part === part.name))
  const saying = (state: PartState) => observations.filter((each) => each.state === state)
  const [up, down] = [saying('Up'), saying('Down')]
  const [state, agree] = up.length > down.length ? (['Up', up] as const) : (['Down', down] as const)
  const slowest = Math.max(0, ...observations.map(({ probeSeconds = 0 }) => probeSeconds))
  const probes = slowest > 0 ? { probeSeconds: slowest } : {}
  if (agree.length === 0)
    return { ...part, state: 'Unknown', since: undefined, seenBy: 0, because: undefined, ...probes }
  const because = agree.find((each) => each.because !== undefined)?.because
  const noted = agree.find((each) => each.noted !== undefined)?.noted
  return {
    ...{ ...part, state, since: earliest(agree.map(({ since }) => since)), seenBy: agree.length, because },
    ...probes,
    ...(noted !== undefined && { noted }),
  }
}

/** The part that most observers use. Of two that as many use it is the later one: that is the news. */
function activeOf(declared: readonly DeclaredPart[], observers: readonly RouteObserver[]): DeclaredPart | undefined {
  const users = (part: DeclaredPart) => observers.filter(({ active }) => active?.part === part.name).length
  return declared.reduce<DeclaredPart | undefined>((most, part) => {
    const count = users(part)
    return count > 0 && (most === undefined || count >= users(most)) ? part : most
  }, undefined)
}

const earliest = (moments: readonly number[]) => Math.min(...moments)

/**
 * A observer that tells the states of parts and not which one it uses: it uses the first that is up, in the order of trial, since
 * those before it went down.
 */
export function usesFirst(declared: readonly DeclaredPart[], observations: readonly PartObservation[]): RouteObserver {
  const told = declared.flatMap(({ name }) => observations.find((each) => each.part === name) ?? [])
  const index = told.findIndex(({ state }) => state === 'Up')
  if (index === -1) return { observations, active: undefined }
  const since = Math.max(...told.slice(0, index + 1).map((each) => each.since))
  return { observations, active: { part: told[index]!.part, since } }
}
