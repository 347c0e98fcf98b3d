import fc from 'fast-check'

const part = (least: number, most: number) =>
  fc.oneof(
    { weight: 3, arbitrary: fc.integer({ min: least, max: most }).map(String) },
    fc
      .tuple(
        fc.integer({ min: least, max: most }),
        fc.integer({ min: least, max: most }),
        fc.integer({ min: 1, max: 12 }),
      )
      .map(([a, b, step]) => `${Math.min(a, b)}-${Math.max(a, b)}${step === 1 ? '' : `/${step}`}`),
    fc.integer({ min: 1, max: 20 }).map((step) => `*/${step}`),
    fc.integer({ min: least, max: most }).map((from) => `${from}/5`),
  )
const field = (least: number, most: number, open: number) =>
  fc.oneof(
    { weight: open, arbitrary: fc.constant('*') },
    { weight: 4, arbitrary: fc.array(part(least, most), { minLength: 1, maxLength: 3 }).map((all) => all.join(',')) },
  )
/** Schedules of all forms but names; some of them never come. */
export const randomSchedules: fc.Arbitrary<string> = fc
  .tuple(field(0, 59, 1), field(0, 23, 3), field(1, 31, 6), field(1, 12, 8), field(0, 6, 6))
  .map((fields) => fields.join(' '))
