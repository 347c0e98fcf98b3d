import { expect } from 'chai'
import { createApplier } from '../../../src/kube/applier.ts'
import { manifestHash, ownedHash } from '../../../src/kube/field-ownership.ts'
import type { Manifest, Raw } from '../../../src/kube/raw-object.ts'

const MANAGER = 'us'

/** A live object of which we applied what `fieldsV1` names. */
const live = (object: object, fieldsV1: object, o: object = {}): Raw => ({
  metadata: {
    name: 'x',
    managedFields: [
      { manager: 'them', operation: 'Update', apiVersion: 'v1', fieldsV1: { 'f:spec': {} } },
      { manager: MANAGER, operation: 'Apply', apiVersion: 'v1', subresource: 'status', fieldsV1: { 'f:status': {} } },
      { manager: MANAGER, operation: 'Apply', apiVersion: 'v1', fieldsV1, ...o },
    ],
  },
  ...object,
})
const wanted = (rest: object, metadata: object = {}): Manifest =>
  ({ apiVersion: 'v1', kind: 'K', metadata: { namespace: 'n', name: 'x', ...metadata }, ...rest }) as Manifest
const same = (manifest: Manifest, object: Raw) => expect(ownedHash(object, MANAGER)).to.equal(manifestHash(manifest))
const differ = (manifest: Manifest, object: Raw) =>
  expect(ownedHash(object, MANAGER)).to.not.equal(manifestHash(manifest))

describe('what we own in a live object', () => {
  it('is what we applied last, whatever others and the server put beside it', () => {
    const object = live({ spec: { ours: 1, theirs: 2, filledIn: 3 } }, { 'f:spec': { 'f:ours': {} } })
    same(wanted({ spec: { ours: 1 } }), object)
    differ(wanted({ spec: { ours: 2 } }), object)
    differ(wanted({ spec: { ours: 1, theirs: 2 } }), object)
  })

  it('is nothing when we never applied', () => {
    expect(ownedHash({ metadata: { name: 'x' } }, MANAGER)).to.equal('')
    expect(ownedHash(live({}, {}), 'nobody')).to.equal('')
  })

  it('differs when a field was taken from us, and when one of ours is to go', () => {
    const both = { spec: { a: 1, b: 2 } }
    differ(wanted(both), live(both, { 'f:spec': { 'f:a': {} } }))
    differ(wanted({ spec: { a: 1 } }), live(both, { 'f:spec': { 'f:a': {}, 'f:b': {} } }))
  })

  it('finds items by their keys, in the order in which they are live', () => {
    const ports = {
      'k:{"port":1,"protocol":"TCP"}': { '.': {}, 'f:port': {} },
      'k:{"port":2,"protocol":"UDP"}': { '.': {}, 'f:port': {} },
    }
    const object = live(
      {
        ports: [
          { port: 2, protocol: 'UDP' },
          { port: 9, protocol: 'TCP' },
          { port: 1, protocol: 'TCP' },
        ],
      },
      { 'f:ports': ports },
    )
    same(wanted({ ports: [{ port: 2 }, { port: 1 }] }), object)
    differ(wanted({ ports: [{ port: 1 }, { port: 2 }] }), object)
  })

  it('finds the values of a set', () => {
    const object = live({ set: ['a', 'b', 'c'] }, { 'f:set': { 'v:"a"': {}, 'v:"c"': {} } })
    same(wanted({ set: ['a', 'c'] }), object)
  })

  it('takes an atomic value as a whole', () => {
    const object = live({ spec: { selector: { a: 'b' } } }, { 'f:spec': { 'f:selector': {} } })
    same(wanted({ spec: { selector: { a: 'b' } } }), object)
    differ(wanted({ spec: { selector: {} } }), object)
  })

  it('knows two empty selectors of different kinds apart', () => {
    const from = (peer: object) => live({ from: [peer] }, { 'f:from': {} })
    same(wanted({ from: [{ podSelector: {} }] }), from({ podSelector: {} }))
    differ(wanted({ from: [{ podSelector: {} }] }), from({ namespaceSelector: {} }))
    differ(wanted({ ingress: [{}] }), live({}, {}))
  })

  it('counts the version of the API: a new one is applied once', () => {
    const object = live({ spec: { a: 1 } }, { 'f:spec': { 'f:a': {} } }, { apiVersion: 'v1beta1' })
    differ(wanted({ spec: { a: 1 } }), object)
  })

  it('does not depend on the order of members, nor on those that are undefined', () => {
    const one = wanted({ spec: { a: 1, b: { c: 2, d: 3 } } }, { labels: { x: 'y', a: 'b' } })
    const two = wanted({ spec: { b: { d: 3, c: 2, e: undefined }, a: 1 } }, { labels: { a: 'b', x: 'y' } })
    expect(manifestHash(one)).to.equal(manifestHash(two))
  })

  it('keeps texts apart that would be read alike if they were not quoted', () => {
    expect(manifestHash(wanted({ a: '1' }))).to.not.equal(manifestHash(wanted({ a: 1 })))
    expect(manifestHash(wanted({ 'a":1,"b': 1 }))).to.not.equal(manifestHash(wanted({ a: 1, b: 1 })))
    expect(manifestHash(wanted({ a: null }))).to.not.equal(manifestHash(wanted({})))
  })
})

describe('the applier', () => {
  const manifest = wanted({ data: { a: 'b' } })
  const setUp = (kept: object) => {
    const calls: string[] = []
    const applier = createApplier({
      fieldManager: MANAGER,
      kube: { apply: async () => (calls.push('apply'), live({ data: kept }, { 'f:data': { 'f:a': {} } })) },
      onUnsettled: (kind) => calls.push(`unsettled ${kind}`),
    })
    return { applier, calls }
  }

  it('sends nothing when nothing would change', async () => {
    const { applier, calls } = setUp({ a: 'b' })
    const answer = await applier.applyIfChanged(manifest, undefined)
    await applier.applyIfChanged(manifest, { applied: ownedHash(answer!, MANAGER) })
    expect(calls).to.deep.equal(['apply'])
  })

  it('sends again when the object is gone, even one that the server keeps otherwise', async () => {
    const { applier, calls } = setUp({ a: 'changed by an admission webhook' })
    const answer = await applier.applyIfChanged(manifest, undefined)
    await applier.applyIfChanged(manifest, { applied: ownedHash(answer!, MANAGER) })
    await applier.applyIfChanged(manifest, undefined)
    expect(calls).to.deep.equal(['apply', 'unsettled K', 'apply', 'unsettled K'])
  })
})
