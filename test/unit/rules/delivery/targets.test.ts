import { expect } from 'chai'
import fc from 'fast-check'
import { readTargets, targetOf, writeTargets, type Target } from '../../../../src/rules/delivery/targets.ts'

const delivery = {
  webhook: { url: 'https://crm.example.org/calls' },
  signingSecretRef: { name: 'crm', key: 'signingKey' },
  classes: ['Transcript' as const, 'CallMetadata' as const],
  giveUpAfterSeconds: 60,
}

describe('where records are delivered', () => {
  it('is what a policy with a webhook says, and nowhere without', () => {
    expect(targetOf({ delivery, collect: [{ field: 'name' }] }, 'zero')).to.deep.equal({
      policy: 'zero',
      webhook: { url: 'https://crm.example.org/calls' },
      signingSecret: { name: 'crm', key: 'signingKey' },
      classes: ['CallMetadata', 'Transcript'],
      collect: ['name'],
      giveUpAfterSeconds: 60,
    })
    expect(targetOf({}, 'zero')).to.equal(undefined)
  })

  it('is read as it was written, in whatever order policies come', () => {
    const targets = ['b', 'a'].map((name) => targetOf({ delivery }, name)!)
    expect(readTargets(writeTargets(targets))).to.deep.equal(targets.toReversed())
    expect(writeTargets(targets)).to.equal(writeTargets(targets.toReversed()))
  })

  it('is not read when anything of it is not ours', () => {
    const [target] = [targetOf({ delivery }, 'zero')!]
    const changed: object[] = [
      ...[{ policy: '../x' }, { webhook: { url: 'http://crm.example.org' } }, { classes: ['Else'] }],
      ...[{ signingSecret: { name: '../keys', key: 'roots' } }, { signingSecret: { name: 'crm', key: '../roots' } }],
    ]
    for (const change of changed)
      expect(readTargets(writeTargets([{ ...target, ...change } as Target])), JSON.stringify(change)).to.equal(
        undefined,
      )
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (text) => void readTargets(text)))
  })
})
