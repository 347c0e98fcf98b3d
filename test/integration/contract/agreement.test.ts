// @seconds 14
import { expect } from 'chai'
import fc from 'fast-check'
import { parseObject } from '../../../src/api/parse.ts'
import type { Raw } from '../../../src/kube/raw-object.ts'
import { useApiServer } from '../../harness/api-server.ts'
import { randomCallbot } from '../../harness/random-callbot.ts'
import { validObjects } from '../../harness/contract-cases.ts'
import { installKinds, refusalsOf } from './server.ts'

type Way = (string | number)[]

/** Fields that have a meaning somewhere, and one that has none anywhere. */
const ELSEWHERE = ['tls', 'keys', 'replicas', 'url', 'region', 'next', 'say', 'sharePercent', 'days', 'kms', 'nonsense']

/** Every way into a value, the value itself excluded, and ways to fields that are not there. */
function waysInto(value: unknown, way: Way = []): Way[] {
  if (typeof value !== 'object' || value === null) return []
  const inside = Object.entries(value).flatMap(([key, each]) => {
    const here = [...way, Array.isArray(value) ? Number(key) : key]
    return [here, ...waysInto(each, here)]
  })
  return Array.isArray(value) ? inside : [...inside, ...ELSEWHERE.map((name) => [...way, name])]
}

/** A copy with one value changed, or taken out with `undefined`. */
function changed(object: Raw, way: Way, value: unknown): Raw {
  const copy = structuredClone(object)
  const parent = way.slice(0, -1).reduce<unknown>((at, key) => (at as Record<string | number, unknown>)[key], copy)
  const last = way.at(-1)!
  if (value !== undefined) (parent as Record<string | number, unknown>)[last] = value
  else if (Array.isArray(parent)) parent.splice(Number(last), 1)
  else delete (parent as Record<string | number, unknown>)[last]
  return copy
}

// null is left out: the API server drops it where a default stands, which no written file relies on.
const anything = fc.oneof(
  fc.constant(undefined),
  fc.constantFrom<unknown>(
    '',
    'a',
    'B',
    '+33199000001',
    '4001',
    'https://x.example.org',
    '25%',
    'Refer',
    'Backup',
    'TLS',
  ),
  fc.constantFrom<unknown>(-1, 0, 1, 7, 100, 100000, 2.5, true, [], {}, ['a'], [1], { name: 'a' }, [{ name: 'a' }]),
  fc.string({ maxLength: 12, unit: 'grapheme-ascii' }),
  fc.integer(),
)

describe('the API server and zod agree', () => {
  const server = useApiServer()
  before(() => installKinds(server()))

  const agree = async (object: Raw) => {
    const api = await refusalsOf(server(), object)
    const read = parseObject(object)
    const zod = 'problems' in read ? read.problems : []
    expect(api.length > 0, JSON.stringify({ api, zod })).to.equal(zod.length > 0)
  }

  it('on valid objects with one random value changed, added or taken out', async function () {
    this.timeout(120_000)
    const valid = validObjects().filter(({ object }) => object.apiVersion === 'callbots.dev/v1alpha1')
    const mutated = fc.constantFrom(...valid).chain(({ object }) => {
      const ways = waysInto(object['spec']).map((way) => ['spec', ...way])
      return fc.tuple(fc.constant(object), fc.constantFrom(...ways), anything)
    })
    const property = fc.asyncProperty(mutated, ([object, way, value]) => agree(changed(object, way, value)))
    await fc.assert(property, { numRuns: 800 })
  })

  it('on random valid callbots, which both accept', async function () {
    this.timeout(120_000)
    const property = fc.asyncProperty(randomCallbot, async (bot) => {
      expect(await refusalsOf(server(), bot as unknown as Raw)).to.deep.equal([])
    })
    await fc.assert(property, { numRuns: 200 })
  })
})
