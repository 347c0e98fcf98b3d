import {
  type Check,
  didYouMean,
  each,
  error,
  type Findings,
  oneOf,
  stepPath,
  mergeFindings,
  warning,
} from './findings.ts'
import type { Ask, Branch, Flow, Slot } from './flow.ts'

/** Answers and the values that they are compared with fit together. */
export const checkValues: Check = (flow, facts) => {
  const valuesOf = knownValues(flow)
  return mergeFindings([
    each(flow.steps, ({ choose }, index) => [
      each(choose?.branches ?? [], (branch, at) => [
        checkBranch(branch, valuesOf(branch.field), `${stepPath(facts, index)}.choose.branches[${at}]`),
      ]),
    ]),
    each(flow.steps, ({ ask }, index) => (ask === undefined ? [] : [checkPhrases(ask, stepPath(facts, index))])),
    checkTypes(flow, facts),
  ])
}

function checkBranch({ operator, values }: Branch, known: ReadonlySet<string> | undefined, path: string): Findings {
  if (operator === 'Below' || operator === 'Above') {
    const isNumber = Number.isFinite(Number(values[0]))
    return isNumber
      ? mergeFindings([])
      : error(`${path}.values`, `${values[0]} is not a number: ${operator} compares numbers`)
  }
  if (known === undefined) return mergeFindings([])
  const all = [...known]
  return each(values, (value) =>
    known.has(value)
      ? []
      : [
          error(
            `${path}.values`,
            `the answer is never ${value}.${didYouMean(value, all)} Compare with one of ${oneOf(all)}`,
          ),
        ],
  )
}

/** All values that a field can have; undefined when they can't be listed. */
function knownValues(flow: Flow): (field: string) => ReadonlySet<string> | undefined {
  const known = new Map<string, Set<string> | undefined>()
  for (const { ask } of flow.steps) {
    if (ask === undefined) continue
    const values = valuesOf(ask.slot)
    const before = known.has(ask.field) ? known.get(ask.field) : new Set<string>()
    known.set(ask.field, before && values && new Set([...before, ...values]))
  }
  return (field) => known.get(field)
}

function valuesOf({ type, choices }: Slot): string[] | undefined {
  if (type === 'YesNo') return ['yes', 'no']
  return type === 'Choice' ? (choices ?? []).map(({ value }) => value) : undefined
}

/** Two answers that are said alike can't be told apart. */
function checkPhrases({ slot }: Ask, path: string): Findings {
  const first = new Map<string, string>()
  return each(slot.choices ?? [], ({ value, phrases }, index) =>
    phrases.flatMap((phrase, at) => {
      const said = phrase.trim().toLowerCase()
      const other = first.get(said)
      first.set(said, value)
      return other === undefined || other === value
        ? []
        : [
            error(
              `${path}.ask.slot.choices[${index}].phrases[${at}]`,
              `"${phrase}" is also a phrase of ${other}: take it out of one of the two`,
            ),
          ]
    }),
  )
}

/** One name, one kind of value: else nobody knows how to speak it. */
function checkTypes(flow: Flow, facts: Parameters<Check>[1]): Findings {
  const types = new Map<string, string>()
  return each(flow.steps, ({ ask }, index) => {
    if (ask === undefined) return []
    const { field, slot } = ask
    const before = types.get(field) ?? slot.type
    types.set(field, slot.type)
    return before === slot.type
      ? []
      : [
          warning(
            `${stepPath(facts, index)}.ask.field`,
            `${field} is a ${before} in another step and a ${slot.type} here: give one of them another name`,
          ),
        ]
  })
}
