import { expect } from 'chai'
import { readLives } from '../../../src/messages/policies.ts'
import { writePolicies } from '../../../src/operator/render/policies.ts'
import { aRetentionPolicyFacts } from '../../harness/retention-worlds.ts'

describe('the policies that the operator publishes', () => {
  it('are read as it writes them: the life of each class, by namespace and name', () => {
    const facts = aRetentionPolicyFacts()
    const lives = readLives(writePolicies([facts]))!
    expect([...lives.keys()]).to.deep.equal([`${facts.namespace}/${facts.name}`])
    expect(lives.get(`${facts.namespace}/${facts.name}`)).to.deep.equal(facts.kept.lives)
  })

  it('are read with members that a newer operator adds, and not when they are broken', () => {
    const one = { tenant: 'a', name: 'b', rules: [{ class: 'Transcript', seconds: 5, more: 1 }], more: {} }
    expect(readLives(JSON.stringify([one]))!.get('a/b')).to.deep.equal([{ class: 'Transcript', seconds: 5 }])
    const broken = [
      ...['', '{', '{}', '[{}]'],
      JSON.stringify([{ ...one, rules: [{ class: 'Transcript', seconds: -1 }] }]),
      JSON.stringify([{ ...one, rules: [{ class: 'Everything', seconds: 1 }] }]),
    ]
    for (const text of broken) expect(readLives(text), text).to.equal(undefined)
  })
})
