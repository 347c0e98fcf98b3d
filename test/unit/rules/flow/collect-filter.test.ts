import { expect } from 'chai'
import fc from 'fast-check'
import { handedOver, inputsOf, mayLeave, narrowed } from '../../../../src/rules/flow/collect-filter.ts'

const call = { collected: { motif: 'annulation', dossier: '4711' }, secrets: { carte: '4970101234567890' } }
const name = fc.constantFrom('motif', 'dossier', 'carte', 'autre', 'constructor')
const names = fc.uniqueArray(name)
const values = fc.dictionary(name, fc.stringMatching(/^[0-9]{6,9}$/), { noNullPrototype: false })

describe('what leaves a call', () => {
  it('is what the policy lists of what was collected, and nothing without a policy', () => {
    expect(mayLeave({ ...call, collect: ['motif'] })).to.deep.equal({ motif: 'annulation' })
    expect(mayLeave({ ...call, collect: [] })).to.deep.equal({})
  })

  it('is never a secret, but as an input of an operation', () => {
    const leaving = { ...call, collect: ['motif', 'carte'] }
    expect(mayLeave(leaving)).to.deep.equal({ motif: 'annulation' })
    expect(handedOver(['carte', 'motif'], leaving)).to.deep.equal({ motif: 'annulation' })
    const inputs = [
      { name: 'card', value: '{carte}' },
      { name: 'why', value: 'for {motif}' },
    ]
    expect(inputsOf(inputs, leaving)).to.deep.equal({ card: '4970101234567890', why: 'for annulation' })
  })

  it('is no input either that the policy does not list: it becomes empty, and is left out', () => {
    const inputs = [
      { name: 'card', value: '{carte}' },
      { name: 'file', value: 'A{dossier}' },
    ]
    expect(inputsOf(inputs, { ...call, collect: [] })).to.deep.equal({ file: 'A' })
  })

  it('holds for any values: what is not listed is in nothing that leaves, and a secret in nothing that is handed over', () => {
    fc.assert(
      fc.property(values, values, names, (collected, secrets, collect) => {
        const leaving = { collected, secrets, collect }
        const all = ['motif', 'dossier', 'carte', 'autre', 'constructor']
        const handed = JSON.stringify(handedOver(all, leaving))
        const sent = JSON.stringify(
          inputsOf(
            all.map((field) => ({ name: field, value: `{${field}}` })),
            leaving,
          ),
        )
        const isListed = (value: string, of: Record<string, string>) => collect.some((each) => of[each] === value)
        for (const value of Object.values(secrets))
          if (!isListed(value, collected)) expect(handed).not.to.include(value)
        for (const value of [...Object.values(collected), ...Object.values(secrets)])
          if (!isListed(value, collected) && !isListed(value, secrets)) expect(handed + sent).not.to.include(value)
      }),
    )
  })

  it('only becomes less in a call that goes on, whatever policies come', () => {
    expect(narrowed(['a', 'b'], ['b', 'c'])).to.deep.equal(['b'])
    expect(narrowed(['b'], ['a', 'b', 'c'])).to.deep.equal(['b'])
    fc.assert(
      fc.property(names, fc.array(names), (first, policies) => {
        const last = policies.reduce<readonly string[]>(narrowed, first)
        for (const policy of [first, ...policies]) expect(policy).to.include.members([...last])
      }),
    )
  })
})
