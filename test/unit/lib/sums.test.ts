import { expect } from 'chai'
import fc from 'fast-check'
import { createSums } from '../../../src/lib/sums.ts'

describe('sums that follow each change of a part', () => {
  it('are what counting all parts again gives, and know only groups that have some', () => {
    const amounts = fc.record({ a: fc.nat(5), b: fc.nat(5) })
    const changes = fc.array(fc.record({ group: fc.constantFrom('x', 'y'), part: fc.nat(3), amounts }))
    fc.assert(
      fc.property(changes, (all) => {
        const sums = createSums()
        const parts = new Map<string, { group: string; a: number; b: number }>()
        for (const { group, part, amounts: after } of all) {
          const key = `${group}/${part}`
          const { a = 0, b = 0 } = parts.get(key) ?? {}
          sums.change(group, { a, b }, after)
          parts.set(key, { group, ...after })
        }
        const count = (name: 'a' | 'b', group?: string) =>
          [...parts.values()]
            .filter((part) => group === undefined || part.group === group)
            .reduce((sum, part) => sum + part[name], 0)
        for (const name of ['a', 'b'] as const) {
          expect(sums.all[name] ?? 0).to.equal(count(name))
          for (const group of ['x', 'y']) expect(sums.of(group)[name] ?? 0).to.equal(count(name, group))
        }
        const filled = ['x', 'y'].filter((group) => count('a', group) + count('b', group) > 0)
        expect([...sums.groups()].sort()).to.deep.equal(filled)
      }),
    )
  })
})
