// @seconds 5
import { expect } from 'chai'
import fc from 'fast-check'
import { manifestHash, ownedHash } from '../../../src/kube/field-ownership.ts'
import type { Manifest } from '../../../src/kube/raw-object.ts'
import { MANAGER, useApiServer } from '../../harness/api-server.ts'

const word = fc.constantFrom('a', 'b', 'c', 'd.e/f', 'é')
const key = fc.constantFrom('one', 'two', 'three.four', 'example.org/five')
const texts = (least: number) => fc.dictionary(key, fc.constantFrom('x', 'y', 'z'), { minKeys: least, maxKeys: 3 })
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined })

const variable = fc.record({ name: fc.constantFrom('A', 'B', 'C', 'D'), value: word })
const port = fc.record(
  { containerPort: fc.constantFrom(80, 81, 82), protocol: fc.constantFrom('TCP', 'UDP') },
  { requiredKeys: ['containerPort'] },
)
const container = (least: number) =>
  fc.record({
    name: fc.constantFrom('first', 'second', 'third'),
    image: word.map((text) => `image-${text.length}`),
    env: maybe(fc.uniqueArray(variable, { selector: ({ name }) => name, minLength: least, maxLength: 4 })),
    ports: maybe(
      fc.uniqueArray(port, {
        selector: (p) => `${p.containerPort}/${p.protocol ?? 'TCP'}`,
        minLength: least,
        maxLength: 3,
      }),
    ),
    command: maybe(fc.array(fc.constantFrom('run', 'it'), { minLength: least, maxLength: 2 })),
    resources: maybe(fc.record({ requests: fc.constantFrom({ cpu: '500m' }, { cpu: '1', memory: '1Gi' }) })),
  })
type Any = ReturnType<typeof deployment> extends fc.Arbitrary<infer T> ? T : never
/** `least` 0 has empty lists and maps, too. */
const deployment = (least: number) =>
  fc.record({
    labels: maybe(texts(least)),
    annotations: maybe(texts(least)),
    replicas: fc.constantFrom(1, 2, undefined),
    containers: fc.uniqueArray(container(least), { selector: ({ name }) => name, minLength: 1, maxLength: 3 }),
    tolerations: maybe(
      fc.array(fc.constantFrom({ key: 'a', operator: 'Exists' }, { key: 'b', operator: 'Equal', value: 'c' }), {
        minLength: least,
      }),
    ),
  })

const asManifest = (name: string, d: Any) =>
  ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { namespace: 'default', name, labels: d.labels, annotations: d.annotations },
    spec: {
      replicas: d.replicas,
      selector: { matchLabels: { app: 'x' } },
      template: {
        metadata: { labels: { app: 'x' } },
        spec: { containers: d.containers, tolerations: d.tolerations },
      },
    },
  }) as Manifest

describe('owned fields, for any manifest', function () {
  this.timeout(120_000)
  const api = useApiServer()

  let serial = 0
  const settles = async (manifest: Manifest) => {
    const live = await api().kube.apply(manifest)
    expect(ownedHash(live, MANAGER)).to.equal(manifestHash(manifest))
    return live
  }

  it('an apply changes the object exactly when the hashes differ', () =>
    fc.assert(
      fc.asyncProperty(deployment(1), deployment(1), fc.boolean(), async (first, second, same) => {
        const name = `any-${serial++}`
        const before = await settles(asManifest(name, first))
        const wanted = asManifest(name, same ? structuredClone(first) : second)
        const predicted = ownedHash(before, MANAGER) !== manifestHash(wanted)
        const after = await settles(wanted)
        expect(after.metadata.resourceVersion !== before.metadata.resourceVersion, 'changed').to.equal(predicted)
      }),
      { numRuns: 150 },
    ))

  it('empty lists and maps settle, whatever was there before', () =>
    fc.assert(
      fc.asyncProperty(deployment(0), deployment(0), async (first, second) => {
        const name = `any-${serial++}`
        await settles(asManifest(name, first))
        await settles(asManifest(name, second))
      }),
      { numRuns: 100 },
    ))
})
