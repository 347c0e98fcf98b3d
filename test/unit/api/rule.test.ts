import { expect } from 'chai'
import { z } from 'zod'
import { exactlyOne, immutableBut, matches, rulesOf, withRules, withTransitions } from '../../../src/api/rule.ts'

const pair = z.strictObject({ a: z.int().optional(), b: z.int().optional() })

describe('a rule', () => {
  it('refuses in zod with its message, at its path', () => {
    const ruled = withRules(pair, {
      cel: 'x',
      message: 'a must be less: lower it',
      path: ['a'],
      holds: ({ a = 0 }) => a < 5,
    })
    const { error } = ruled.safeParse({ a: 9 })
    expect(error?.issues.map(({ path, message }) => ({ path, message }))).to.deep.equal([
      { path: ['a'], message: 'a must be less: lower it' },
    ])
    expect(ruled.safeParse({ a: 4 }).success).to.equal(true)
  })

  it('adds to those that the schema has already', () => {
    const rule = (message: string) => ({ cel: message, message, holds: () => false })
    const ruled = withRules(withRules(pair, rule('one')), rule('two'), rule('three'))
    expect(rulesOf(ruled).rules.map(({ message }) => message)).to.deep.equal(['one', 'two', 'three'])
    expect(ruled.safeParse({}).error?.issues).to.have.lengthOf(3)
  })

  it('leaves the schema that it was made from as it was', () => {
    withRules(pair, { cel: 'x', message: 'never', holds: () => false })
    expect(rulesOf(pair).rules).to.deep.equal([])
    expect(pair.safeParse({}).success).to.equal(true)
  })

  it('keeps the description of the schema', () => {
    const ruled = withRules(z.string().describe('a text'), matches(/^a$/, 'must be a'))
    expect(ruled.description).to.equal('a text')
  })

  it('writes a regular expression as CEL reads it', () => {
    expect(matches(/^https?:\/\/[a-z]+$/, 'm').cel).to.equal("self.matches(r'^https?://[a-z]+$')")
  })

  it('lets exactly one of several fields stand', () => {
    const one = withRules(pair, exactlyOne(['a', 'b'], 'give a or b'))
    const accepted = [{}, { a: 1 }, { b: 1 }, { a: 1, b: 1 }].map((value) => one.safeParse(value).success)
    expect(accepted).to.deep.equal([false, true, true, false])
  })
})

describe('a transition rule', () => {
  const frozen = withTransitions(pair, ...immutableBut(pair, ['b'], 'it is evidence'))
  const [only] = rulesOf(frozen).transitions

  it('covers every field but the free ones', () => {
    expect(rulesOf(frozen).transitions.map(({ path }) => path)).to.deep.equal([['a']])
    expect(only!.message).to.equal('a can not be changed, for it is evidence')
  })

  it('refuses a change, an addition and a removal', () => {
    const holds = (old: object, now: object) => only!.holdsBetween(old, now)
    expect([
      holds({ a: 1 }, { a: 1 }),
      holds({ a: 1 }, { a: 2 }),
      holds({}, { a: 1 }),
      holds({ a: 1 }, {}),
    ]).to.deep.equal([true, false, false, false])
  })

  it('compares without regard to the order of properties and of set items', () => {
    const holds = (old: unknown, now: unknown) => only!.holdsBetween({ a: old }, { a: now })
    expect(holds({ x: 1, y: [1, 2] }, { y: [2, 1], x: 1 })).to.equal(true)
    expect(holds({ x: 1 }, { x: '1' })).to.equal(false)
  })
})
