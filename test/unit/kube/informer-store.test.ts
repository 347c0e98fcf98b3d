import { expect } from 'chai'
import fc from 'fast-check'
import { createStore, type Cached } from '../../../src/kube/informer-store.ts'

interface Thing extends Cached {
  tags: string[]
}
const thing = (namespace: string, name: string, tags: string[]): Thing => ({
  namespace,
  name,
  uid: 'u',
  resourceVersion: '1',
  tags,
})

describe('the store', () => {
  it('finds by each index exactly what a search of everything finds, after any history', () => {
    const small = fc.constantFrom('a', 'b', 'c')
    const step = fc.record({ namespace: small, name: small, tags: fc.option(fc.uniqueArray(small)) })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const store = createStore<Thing>({ tag: ({ tags }) => tags, namespace: ({ namespace }) => [namespace] })
        const model = new Map<string, Thing>()
        for (const { namespace, name, tags } of steps) {
          const key = `${namespace}/${name}`
          const before = tags ? store.put(thing(namespace, name, tags)) : store.delete(namespace, name)
          expect(before).to.equal(model.get(key))
          const after = store.get(namespace, name)
          if (after) model.set(key, after)
          else model.delete(key)
        }
        const all = [...model.values()]
        expect([...store.list()]).to.have.members(all)
        expect(store.size).to.equal(all.length)
        for (const value of ['a', 'b', 'c']) {
          expect(store.byIndex('tag', value)).to.have.members(all.filter(({ tags }) => tags.includes(value)))
          expect(store.byIndex('namespace', value)).to.have.members(all.filter((t) => t.namespace === value))
        }
      }),
    )
  })

  it('names the indexes that there are', () => {
    expect(() => createStore({ one: () => [] }).byIndex('two', 'x')).to.throw('no index "two": there are one')
  })
})
