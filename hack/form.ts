/** Which form of a proof this process plays. */

/** `custom`: a variable changed how much is played, so the figures are nobody's but the caller's. */
export type Form = 'short' | 'whole' | 'custom'

let isCustom = false

/** The run plays another extent than that of its form. */
export function noteCustomExtent(): void {
  isCustom = true
}

/** What `PROOF` says, unless somebody changed the extent. */
export function formOfRun(): Form {
  if (isCustom) return 'custom'
  return process.env['PROOF'] === 'whole' ? 'whole' : 'short'
}
