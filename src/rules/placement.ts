/** Whether something of a caller may be sent to that region. `regions` as placement.regions has them: empty is anywhere, and who does not say where it is, is outside. */
export const isInside = (regions: readonly string[] = [], region: string | undefined): boolean =>
  regions.length === 0 || (region !== undefined && regions.includes(region))
