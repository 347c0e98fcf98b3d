import { expect } from 'chai'
import fc from 'fast-check'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { repo } from '../../../../hack/cluster/settings.ts'
import { placePolicies, POLICY_BOUNDS, type PolicyFiles } from '../../../../src/operator/render/policy-files.ts'

const BOUNDS = { count: 3, octets: 100, namespace: 50 }
const namesOf = (files: PolicyFiles) => files.flatMap((file) => [...file.keys()])
const textOf = (files: PolicyFiles, namespace: string) => files.find((file) => file.has(namespace))?.get(namespace)
const texts = fc
  .dictionary(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'), fc.integer({ min: 1, max: 70 }))
  .map((sizes) => new Map(Object.entries(sizes).map(([name, size]) => [name, name.repeat(size)])))

describe('the ConfigMaps with the policies of all namespaces', () => {
  it('have each namespace once, in its bounds, or as it was before', () => {
    fc.assert(
      fc.property(fc.array(texts, { minLength: 1, maxLength: 8 }), (worlds) => {
        let files: PolicyFiles = []
        for (const wanted of worlds) {
          const placed = placePolicies(wanted, files, BOUNDS)
          expect(namesOf(placed.files)).to.have.lengthOf(new Set(namesOf(placed.files)).size)
          for (const file of placed.files) expect([...file.values()].join('').length).to.be.at.most(BOUNDS.octets)
          for (const [namespace, text] of wanted) {
            const isBeyond = placed.beyond.includes(namespace)
            expect(textOf(placed.files, namespace)).to.equal(isBeyond ? textOf(files, namespace) : text)
          }
          for (const name of namesOf(placed.files)) expect(wanted.has(name)).to.equal(true)
          files = placed.files
        }
      }),
    )
  })

  it('have what a namespace asks for, however much another one asks for', () => {
    const small = new Map([...'abcde'].map((name) => [name, name.repeat(20)]))
    const greedy = placePolicies(new Map([...small, ['z', 'z'.repeat(1_000)]]), [], BOUNDS)
    expect(greedy.beyond).to.deep.equal(['z'])
    for (const [name, text] of small) expect(textOf(greedy.files, name)).to.equal(text)
  })

  it('change nothing of a namespace for a change of another one', () => {
    const before = placePolicies(new Map([['a', 'aaa'], ['b', 'bbb']]), [], BOUNDS) // prettier-ignore
    const after = placePolicies(new Map([['b', 'bbb'], ['a', 'aaaaaa']]), before.files, BOUNDS) // prettier-ignore
    expect(after.files.map((file) => file.get('b'))).to.deep.equal(before.files.map((file) => file.get('b')))
  })

  it('are all mounted in the pod of sweep', () => {
    const template = readFileSync(join(repo, 'charts/callbot-operator/templates/sweep-deployment.yaml'), 'utf8')
    expect(template).to.include(`range until ${POLICY_BOUNDS.count} `)
  })

  it('fit into a ConfigMap each, and sixteen namespaces at their bound into all', () => {
    const text = 'x'.repeat(POLICY_BOUNDS.namespace)
    const wanted = new Map(Array.from({ length: 16 }, (_, nth) => [`n${nth}`, text]))
    expect(placePolicies(wanted, [], POLICY_BOUNDS).beyond).to.deep.equal([])
  })
})
