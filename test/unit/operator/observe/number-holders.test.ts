import { expect } from 'chai'
import fc from 'fast-check'
import { createCaches } from '../../../../src/operator/observe/caches.ts'
import { createNumberHolders } from '../../../../src/operator/observe/number-holders.ts'
import type { BotFacts } from '../../../../src/operator/world/callbot.ts'
import { holderOf } from '../../../../src/rules/number-claims.ts'
import { aBot, aSpec } from '../../../harness/builders.ts'
import { silent } from '../../../../src/runtime/log.ts'

const [NUMBER, OTHER] = ['+33199000001', '+33199000002']
const reservations = [{ prefix: OTHER, namespaces: ['a'] }]

/** A cache of Callbots that reports each change once it has it. */
class Cache {
  readonly bots = new Map<string, BotFacts>()
  searches = 0
  readonly holders = createNumberHolders((number) => {
    this.searches++
    return [...this.bots.values()].filter(({ spec }) => spec.numbers.includes(number))
  }, reservations)

  set(key: string, after: BotFacts | undefined): string[] {
    const before = this.bots.get(key)
    if (after === undefined) this.bots.delete(key)
    else this.bots.set(key, after)
    return this.holders.botChanged(before, after)
  }

  claim(key: string, numbers: string[], { uid = key, createdAt = 0 } = {}): string[] {
    const [namespace = '', name = ''] = key.split('/')
    return this.set(key, aBot({ namespace, name, uid, createdAt, spec: aSpec({ numbers }) }))
  }

  /** By a look at all bots. */
  expected(number: string) {
    const claims = [...this.bots.values()]
      .filter(({ spec }) => spec.numbers.includes(number))
      .map(({ namespace, name, uid, createdAt }) => ({ number, bot: `${namespace}/${name}`, uid, createdAt }))
    return holderOf(claims, reservations)
  }
}

describe('whose a number is', () => {
  it('is as a look at all Callbots would find it, and each change of it is reported', () => {
    const change = fc.record({
      key: fc.constantFrom('a/x', 'a/y', 'b/x', 'b/y'),
      uid: fc.constantFrom('1', '2'),
      numbers: fc.option(fc.subarray([NUMBER, OTHER, '+33199000003'])),
      createdAt: fc.nat(3),
    })
    fc.assert(
      fc.property(fc.array(change, { maxLength: 40 }), (changes) => {
        const cache = new Cache()
        for (const { key, uid, numbers, createdAt } of changes) {
          const of = (number: string) => cache.holders.of(number)?.uid
          const before = new Map([NUMBER, OTHER, '+33199000003'].map((number) => [number, of(number)]))
          const known = cache.bots.get(key)
          const itsUid = `${key} ${uid}`
          const since = known?.uid === itsUid ? known.createdAt : createdAt
          const moved = numbers
            ? cache.claim(key, numbers, { uid: itsUid, createdAt: since })
            : known
              ? cache.set(key, undefined)
              : []
          for (const [number, was] of before) {
            expect(cache.holders.of(number)).to.deep.equal(cache.expected(number))
            expect(moved.includes(number)).to.equal(was !== of(number))
          }
        }
      }),
      { numRuns: 500 },
    )
  })

  it('is known without a search while its holder keeps it, however many others claim it', () => {
    const cache = new Cache()
    cache.claim('a/desk', [NUMBER])
    for (let nth = 0; nth < 300; nth++) expect(cache.claim(`b/${nth}`, [NUMBER], { createdAt: 1 })).to.deep.equal([])
    cache.claim('b/7', [], { createdAt: 1 })
    expect(cache.searches).to.equal(0)
    expect(cache.set('a/desk', undefined)).to.deep.equal([NUMBER])
    expect(cache.searches).to.equal(1)
  })
})

describe('Callbots that claim the same number', () => {
  it('wake one another when it is the number of another one, and not with each change of one', () => {
    const woken: string[] = []
    const wake = { orders() {}, everyBot() {}, policies() {}, pods() {} }
    const caches = createCaches({
      ...{
        transport: {} as never,
        log: silent,
        operatorNamespace: 'callbot-system',
        hasStore: false,
        isPlaced: false,
        reservations: [],
      },
      wake: { ...wake, object: (kind, key) => void (kind === 'Callbot' && woken.push(key)) },
    })
    let version = 0
    const applied = (namespace: string, name: string, numbers: string[]) =>
      caches.bots.absorb({
        metadata: {
          ...{ namespace, name, uid: `${namespace}/${name}`, resourceVersion: `${++version}`, generation: version },
          creationTimestamp: new Date(name === 'desk' ? 0 : 1_000).toISOString(),
        },
        spec: { ...aSpec({ numbers }), dialog: { inline: { steps: [] } }, speech: { asr: [], tts: [] } },
      } as never)
    applied('roses', 'desk', [NUMBER])
    for (let nth = 0; nth < 300; nth++) applied('hostile', `crowd-${nth}`, [NUMBER])
    applied('roses', 'desk', [NUMBER, OTHER])
    expect(woken, 'each change wakes the Callbot itself').to.have.lengthOf(302)
    expect(woken.filter((key) => key === 'roses/desk')).to.have.lengthOf(2)
    applied('roses', 'desk', [OTHER])
    expect(woken, 'now it is the number of another').to.have.lengthOf(302 + 1 + 300)
  })
})
