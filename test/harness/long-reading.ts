const HOURS =
  'La mairie est ouverte du lundi au vendredi, de neuf heures à midi et de quatorze heures à dix-sept heures. '
/** How long eight times the hours last, at least, in seconds. */
const STEP_SECONDS = 40

/** A dialog that reads out, always the same sentences, for so long at least: callers stay and need no recogniser. */
export function longReading(seconds: number, goodbye = 'Au revoir.') {
  const count = Math.ceil(seconds / STEP_SECONDS) + 1
  const reading = Array.from({ length: count }, (_, index) => ({
    ...{ name: `lecture-${index}`, say: { text: HOURS.repeat(8).trim() } },
    next: index + 1 < count ? `lecture-${index + 1}` : 'fin',
  }))
  return { inline: { steps: [...reading, { name: 'fin', hangUp: { say: goodbye } }] } }
}
