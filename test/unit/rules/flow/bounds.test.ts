import { expect } from 'chai'
import { checkFlow, type FlowContext } from '../../../../src/rules/flow/check.ts'
import { parseFlow } from '../../../../src/api/parse-flow.ts'
import type { Flow } from '../../../../src/rules/flow/flow.ts'
import { costOf } from '../../../harness/event-loop.ts'

const some = <T>(count: number, item: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => item(index))
const end = { name: 'end', hangUp: {} }
const holes = '{a}'.repeat(333)

const llm = (name: string, next: string) => ({
  name,
  llm: {
    instructions: 'x',
    collects: some(20, (index) => ({ field: `${name}f${index}`, meaning: 'x' })),
    exits: some(10, (index) => ({ name: `e${index}`, when: 'x', next })),
  },
})

/** The largest dialogs that the schema takes, each made to be much work for one part of the check. */
const hostile: Readonly<Record<string, object[]>> = {
  'steps that are nowhere': some(100, (index) => ({
    name: `s${index}`.padEnd(60, 'z'),
    choose: {
      branches: some(20, (at) => ({ field: 'x', operator: 'Exists', next: `t${index}t${at}`.padEnd(60, 'z') })),
      otherwise: 's0'.padEnd(60, 'z'),
    },
  })),
  'two thousand values on a way that is written backwards': [
    { name: 'start', say: { text: 'x' }, next: 's97' },
    ...some(98, (index) => llm(`s${index}`, index === 0 ? 'end' : `s${index - 1}`)),
    end,
  ],
  'a hundred thousand values that nobody collects': [
    ...some(99, (index) => ({
      name: `s${index}`,
      ask: {
        ...{ text: holes, field: `field${index}`, slot: { type: 'FreeText' } },
        ...{
          reprompts: some(5, () => holes),
          noInput: { say: holes, next: 'end' },
          noMatch: { say: holes, next: 'end' },
        },
      },
      next: index === 98 ? 'end' : `s${index + 1}`,
    })),
    end,
  ],
  'forty thousand comparisons with a thousand answers': [
    ...some(50, (index) => ({
      name: `s${index}`,
      ask: {
        ...{ text: 'x', field: 'a' },
        slot: {
          type: 'Choice',
          choices: some(20, (at) => ({
            value: `v${index}v${at}`.padEnd(60, 'q'),
            phrases: some(20, (of) => `p${at}p${of}`.padEnd(30, 'r')),
          })),
        },
      },
      next: `s${index + 1}`,
    })),
    ...some(49, (index) => ({
      name: `s${index + 50}`,
      choose: {
        branches: some(20, (at) => ({
          field: 'a',
          values: some(20, (of) => `w${index}w${at}w${of}`.padEnd(60, 'q')),
          next: index === 48 ? 'end' : `s${index + 51}`,
        })),
        otherwise: index === 48 ? 'end' : `s${index + 51}`,
      },
    })),
    end,
  ],
}

const tests = some(30, (index) => ({
  ...{ name: `t${index}`, transfers: 'Answered' as const, ends: 'HungUp' as const },
  given: some(10, (at) => ({ operation: `a/${at}`.padEnd(120, 'k'), outcome: 'x', output: [] })),
  models: some(5, (at) => ({ step: `m${at}`.padEnd(60, 'k'), answers: some(20, () => ({ say: 'x', collected: [] })) })),
  turns: some(50, (at) => ({ says: 'x', expect: [], expectStep: `u${at}`.padEnd(60, 'z') })),
  collected: some(40, (at) => ({ field: `g${at}`.padEnd(40, 'k'), value: 'x' })),
}))

const facts = {
  path: 'spec.dialog.inline',
  bot: { integrationRefs: [{ name: 'a' }], fallback: { causes: [], number: '+33199000009' }, tests },
  integrations: new Map(),
  policy: undefined,
} as unknown as FlowContext

const read = (steps: object[]): Flow => {
  const parsed = parseFlow({ steps })
  return 'value' in parsed ? parsed.value : ({ steps } as Flow)
}

describe('the check of the largest dialogs', function () {
  this.timeout(60_000)
  for (const [what, steps] of Object.entries(hostile)) {
    it(`takes less than 50 ms for ${what}`, () => {
      expect(
        costOf(() => parseFlow({ steps })),
        'schema',
      ).to.be.below(50)
      const flow = read(steps)
      expect(
        costOf(() => checkFlow(flow, facts)),
        'check',
      ).to.be.below(50)
    })
  }

  it('stops at twenty faults or some more, and still refuses', () => {
    const flow = read(hostile['a hundred thousand values that nobody collects']!)
    const { errors, warnings } = checkFlow(flow, facts)
    expect(errors.length).to.be.within(20, 500)
    expect(warnings.length).to.be.at.most(500)
  })
})
