/**
 * A voice without a speaker: a train of pulses through three formants, one vowel each 220 ms. The model of voices takes it for speech, no
 * recogniser for words. The same seconds give the same samples. 8 kHz, linear 16 bit.
 */
export function vowels(seconds: number, peak = 9_000): Int16Array {
  const length = Math.round(seconds * 8_000)
  const out = new Float64Array(length)
  const filters = [0, 1, 2].map(() => ({ one: 0, two: 0 }))
  let phase = 0
  for (let at = 0; at < length; at++) {
    const time = at / 8_000
    phase += (120 + 25 * Math.sin(2 * Math.PI * 0.7 * time) + 8 * Math.sin(2 * Math.PI * 5 * time)) / 8_000
    let value = phase >= 1 ? 1 : 0
    if (phase >= 1) phase -= 1
    const formants = VOWELS[Math.floor(time / SYLLABLE) % VOWELS.length]!
    formants.forEach((hertz, index) => (value = resonate(filters[index]!, hertz, WIDTHS[index]!, value)))
    out[at] = value * Math.sqrt(Math.sin(Math.PI * ((time / SYLLABLE) % 1)))
  }
  const loudest = out.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-9)
  return Int16Array.from(out, (value) => Math.round((value / loudest) * peak))
}

const SYLLABLE = 0.22
const VOWELS = [
  [700, 1220, 2600],
  [300, 870, 2240],
  [270, 2290, 3010],
  [530, 1840, 2480],
  [570, 840, 2410],
]
const WIDTHS = [80, 100, 140]

function resonate(memory: { one: number; two: number }, hertz: number, width: number, value: number): number {
  const radius = Math.exp((-Math.PI * width) / 8_000)
  const by = 2 * radius * Math.cos((2 * Math.PI * hertz) / 8_000)
  const out = (1 - by + radius * radius) * value + by * memory.one - radius * radius * memory.two
  memory.two = memory.one
  memory.one = out
  return out
}
