import fc from 'fast-check'
import type { CallbotInput, CallbotSpecInput } from '../../src/api/callbot.ts'

type Step = NonNullable<CallbotSpecInput['dialog']['inline']>['steps'][number]

const words = fc.string({ minLength: 1, maxLength: 40, unit: 'grapheme' })
const name = fc.stringMatching(/^[a-z]([-a-z0-9]{0,10}[a-z0-9])?$/)
const field = fc.stringMatching(/^[a-z][a-zA-Z0-9]{0,12}$/)
const number = fc.stringMatching(/^\+[1-9][0-9]{6,14}$/)

const slot: fc.Arbitrary<NonNullable<Step['ask']>['slot']> = fc.oneof(
  fc.constantFrom({ type: 'YesNo' as const }, { type: 'Time' as const }, { type: 'Phone' as const }),
  fc.tuple(fc.nat(31), fc.nat(31)).map(([one, other]) => ({
    type: 'Digits' as const,
    minDigits: Math.min(one, other) + 1,
    maxDigits: Math.max(one, other) + 1,
  })),
  fc.record({ type: fc.constant('Date' as const), latestDays: fc.integer({ min: 0, max: 400 }) }),
  fc.uniqueArray(name, { minLength: 2, maxLength: 10 }).map((values) => ({
    type: 'Choice' as const,
    choices: values.map((value, index) => ({ value, phrases: [value], key: String(index) })),
  })),
)

/** One step that leads to `next`. */
const verb = (next: string): fc.Arbitrary<Omit<Step, 'name'>> =>
  fc.oneof(
    fc.record({ say: fc.record({ text: words }), next: fc.constant(next) }),
    fc.record({ ask: fc.record({ text: words, field, slot }), next: fc.constant(next) }),
    fc.record({
      choose: fc.record({
        branches: fc.array(
          fc.record({ field, values: fc.array(words, { minLength: 1, maxLength: 3 }), next: fc.constant(next) }),
          {
            minLength: 1,
            maxLength: 3,
          },
        ),
        otherwise: fc.constant(next),
      }),
    }),
    fc.record({
      llm: fc.record({
        instructions: words,
        exits: name.map((end) => [{ name: end, when: 'all is said', next }]),
      }),
    }),
  )

/** A row of steps, each leading to the one after it, and an end. */
const steps: fc.Arbitrary<Step[]> = fc.uniqueArray(name, { minLength: 1, maxLength: 12 }).chain((names) => {
  const row = names.slice(0, -1).map((each, index) => verb(names[index + 1]!).map((step) => ({ name: each, ...step })))
  return fc.tuple(...row).map((made) => [...made, { name: names.at(-1)!, hangUp: {} }])
})

const capacity = fc
  .record({
    limits: fc.uniqueArray(fc.integer({ min: 3, max: 50 }), { minLength: 3, maxLength: 3 }),
    scaling: fc.constantFrom('Buffer' as const, 'External' as const),
    buffer: fc.oneof(
      fc.nat(10000),
      fc.nat(999).map((percent) => `${percent}%`),
    ),
    callsPerPod: fc.integer({ min: 1, max: 500 }),
  })
  .map(({ limits, scaling, ...rest }) => {
    const [minReplicas, replicas, maxReplicas] = limits.toSorted((one, other) => one - other) as [
      number,
      number,
      number,
    ]
    return { ...rest, scaling, minReplicas, maxReplicas, ...(scaling === 'External' ? { replicas } : {}) }
  })

/** Callbots as people could write them, all valid. */
export const randomCallbot: fc.Arbitrary<CallbotInput> = fc
  .record({
    bot: name,
    numbers: fc.uniqueArray(number, { minLength: 2, maxLength: 10 }),
    refs: fc.uniqueArray(name, { minLength: 1, maxLength: 5 }),
    language: fc.constantFrom('fr-FR', 'fr-CA', 'en-GB'),
    steps,
    capacity,
    zones: fc.uniqueArray(name, { maxLength: 3 }),
    deadlineSeconds: fc.nat(86400),
  })
  .map(({ bot, numbers: [fallback, ...numbers], refs, language, steps: inline, deadlineSeconds, ...rest }) => ({
    apiVersion: 'callbots.dev/v1alpha1',
    kind: 'Callbot',
    metadata: { name: bot },
    spec: {
      numbers,
      language,
      dialog: { inline: { steps: inline } },
      integrationRefs: refs.map((each) => ({ name: each })),
      fallback: { number: fallback!, integrationRef: { name: refs[0]! } },
      drain: { deadlineSeconds },
      ...rest,
    },
  }))
