/**
 * The epoch of the next route write: a hybrid logical clock in milliseconds (Kulkarni et al., 2014).
 * It is above everything seen, so a clock that is set back can't make a new decision look old; and it starts at the
 * wall clock, so a route that was deleted and recreated is newer than its predecessor.
 */
export function nextEpoch(now: number, ...seen: (number | undefined)[]): number {
  const highest = Math.max(0, ...seen.map((epoch) => epoch ?? 0))
  return Math.max(Math.floor(now), highest + 1)
}
