/** What callers ask of a bot, so that its pods can follow. Times in epoch milliseconds. */
export interface Demand {
  /** Live calls, those of leaving pods too: who calls will call again. */
  calls: number
  /** The most live calls at once within the last `QUIET_MS`; undefined before somebody has watched for that long. */
  peak: number | undefined
  /** A pod had no place for a caller within the last `TURNED_AWAY_MS`. */
  turnedAway: boolean
}

/** How long fewer pods have to be enough before one goes: peaks come again. */
export const QUIET_MS = 300_000
/** How long a caller who found no place counts as waiting for one. */
export const TURNED_AWAY_MS = 10_000
/** The past is kept in pieces of this length. */
const PIECE_MS = 30_000

/** A short past of a bot's calls: the most at once in each piece of time, the oldest first. */
export interface DemandHistory {
  since: number
  calls: number
  turnedAwayAt: number
  pieces: readonly { from: number; peak: number; turnedAway: boolean }[]
}

export const noDemand = (now: number): DemandHistory => ({ since: now, calls: 0, turnedAwayAt: -Infinity, pieces: [] })

/** The past with what is seen now. */
export function withSeen(
  history: DemandHistory,
  seen: { calls: number; turnedAway: boolean },
  now: number,
): DemandHistory {
  const recent = history.pieces.filter(({ from }) => now - from < QUIET_MS + PIECE_MS)
  const last = recent.at(-1)
  const begun = last !== undefined && now - last.from < PIECE_MS
  // What was live until now was so within this piece, too.
  const piece = begun ? last : { from: now, peak: history.calls, turnedAway: false }
  const peak = Math.max(piece.peak, seen.calls)
  const turnedAway = piece.turnedAway || seen.turnedAway
  return {
    since: history.since,
    calls: seen.calls,
    turnedAwayAt: seen.turnedAway ? now : history.turnedAwayAt,
    pieces: [...(begun ? recent.slice(0, -1) : recent), { from: piece.from, peak, turnedAway }],
  }
}

/** What the past means now. While somebody was turned away of late, nobody knows how many would have called: no peak. */
export function demandOf(history: DemandHistory, now: number): Demand {
  const recent = history.pieces.filter(({ from }) => now - from < QUIET_MS + PIECE_MS)
  const isKnown = now - history.since >= QUIET_MS && !recent.some(({ turnedAway }) => turnedAway)
  return {
    calls: history.calls,
    peak: isKnown ? Math.max(history.calls, ...recent.map(({ peak }) => peak)) : undefined,
    turnedAway: now - history.turnedAwayAt < TURNED_AWAY_MS,
  }
}
