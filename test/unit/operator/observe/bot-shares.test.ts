import { expect } from 'chai'
import fc from 'fast-check'
import { admit, sharesOf, type ShareSettings } from '../../../../src/rules/shares.ts'
import type { Caches } from '../../../../src/operator/observe/caches.ts'
import { createNumberHolders } from '../../../../src/operator/observe/number-holders.ts'
import { observeBotShare } from '../../../../src/operator/observe/bot-shares.ts'
import type { CachedBot, CachedDeployment, CachedRoute } from '../../../../src/operator/observe/projections.ts'
import { createTaken } from '../../../../src/operator/observe/taken.ts'
import { aBot, aSpec } from '../../../harness/builders.ts'

/** Caches that report a change as informers do: once the new state is in them. */
class Cluster {
  readonly bots = new Map<string, CachedBot>()
  readonly routes = new Map<string, CachedRoute>()
  readonly deployments = new Map<string, CachedDeployment>()
  readonly taken = createTaken({
    bot: (namespace, name) => this.bots.get(`${namespace}/${name}`),
    route: (namespace, name) => this.routes.get(`${namespace}/${name}`),
    deployment: (namespace, name) => this.deployments.get(`${namespace}/${name}`),
  })
  /** How often bots are looked for by a number. */
  searches = 0
  readonly holders = createNumberHolders((number) => {
    this.searches++
    return [...this.bots.values()].filter(({ spec }) => spec.numbers.includes(number))
  }, [])
  readonly settings: { shares: ShareSettings; reservations: [] }
  looks = 0

  constructor(shares: Partial<ShareSettings>) {
    this.settings = { shares: { default: {}, namespaces: {}, total: {}, ...shares }, reservations: [] }
  }

  callbot(key: string, count: number, createdAt = 0, more: readonly string[] = []): void {
    const [namespace = '', name = ''] = key.split('/')
    const numbers = [...Array.from({ length: count }, (_, index) => `+33${key}${index}`), ...more]
    const after = { ...aBot({ namespace, name, uid: key, createdAt, spec: aSpec({ numbers }) }), resourceVersion: '1' }
    this.botChange(key, after)
  }

  route(key: string, numbers: number | undefined): void {
    const after = numbers === undefined ? undefined : ({ botKey: key, numbers } as CachedRoute)
    this.change(this.routes, key, after, (before, now) => this.taken.routeChanged(before, now))
  }

  pods(key: string, replicas: number | undefined): void {
    const namespace = key.split('/')[0]!
    const after = replicas === undefined ? undefined : ({ namespace, replicas } as CachedDeployment)
    this.change(this.deployments, key, after, (before, now) => this.taken.deploymentChanged(before, now))
  }

  remove(key: string): void {
    this.botChange(key, undefined)
  }

  shareOf(key: string) {
    const all = [...this.bots.values()]
    const bots = {
      list: () => (this.looks++, all),
      byIndex: (_: string, value: string) => (this.looks++, all.filter(({ namespace }) => namespace === value)),
    }
    const { taken, holders } = this
    const caches = { bots, taken, holders } as unknown as Pick<Caches, 'bots' | 'taken' | 'holders'>
    return observeBotShare(caches, this.settings, this.bots.get(key)!)
  }

  private botChange(key: string, after: CachedBot | undefined): void {
    this.change(this.bots, key, after, (before, now) => {
      this.taken.botChanged(before, now)
      this.holders.botChanged(before, now)
    })
  }

  private change<T>(cache: Map<string, T>, key: string, after: T | undefined, tell: (b?: T, a?: T) => void): void {
    const before = cache.get(key)
    if (before === undefined && after === undefined) return
    if (after === undefined) cache.delete(key)
    else cache.set(key, after)
    tell(before, after)
  }
}

describe('the share of a Callbot', () => {
  it('goes to the oldest first, by what is published and what is asked for', () => {
    const cluster = new Cluster({ default: { callbots: 2, numbers: 5 } })
    cluster.callbot('a/young', 3, 2)
    cluster.callbot('a/old', 3, 1)
    expect(cluster.shareOf('a/old').beyond).to.equal(undefined)
    expect(cluster.shareOf('a/young').beyond).to.deep.equal({ resource: 'numbers', used: 3, limit: 5, of: 'Namespace' })
    cluster.route('a/young', 3)
    expect(cluster.shareOf('a/young').beyond, 'what is published keeps its place').to.equal(undefined)
    expect(cluster.shareOf('a/old').beyond).to.include({ used: 3 })
    cluster.remove('a/young')
    cluster.route('a/young', undefined)
    expect(cluster.shareOf('a/old').beyond).to.equal(undefined)
  })

  it('takes nothing away when limits are lower', () => {
    const cluster = new Cluster({ default: { callbots: 0, numbers: 0, pods: 0 }, total: { callbots: 0 } })
    cluster.callbot('a/one', 3)
    cluster.route('a/one', 3)
    cluster.pods('a/one', 7)
    expect(cluster.shareOf('a/one')).to.deep.include({ beyond: undefined })
    expect(cluster.shareOf('a/one').pods).to.deep.equal({
      most: 7,
      stoppedBy: { resource: 'pods', used: 7, limit: 0, of: 'Namespace' },
    })
  })

  it('counts numbers that the bot would get, and not those of another', () => {
    const cluster = new Cluster({ default: { numbers: 2 } })
    cluster.callbot('a/one', 2)
    const rival = { ...cluster.bots.get('a/one')!, namespace: 'b', name: 'two', uid: 'older', createdAt: -1 }
    rival.spec = { ...rival.spec, numbers: rival.spec.numbers.slice(0, 1) }
    cluster.bots.set('b/two', rival)
    cluster.taken.botChanged(undefined, rival)
    cluster.holders.botChanged(undefined, rival)
    cluster.route('a/other', 1)
    expect(cluster.shareOf('a/one').beyond).to.equal(undefined)
    cluster.route('a/other', 2)
    expect(cluster.shareOf('a/one').beyond).to.include({ resource: 'numbers' })
  })

  it('is not given twice while it is being published', () => {
    const cluster = new Cluster({ default: { callbots: 1, pods: 4 } })
    cluster.callbot('a/one', 1, 2)
    cluster.callbot('a/two', 1, 1)
    const release = cluster.taken.reserve('a', 'one', { callbots: 1, numbers: 1, pods: 3 })
    const half = () => [cluster.shareOf('a/two').beyond?.resource, cluster.shareOf('a/two').pods.most]
    expect(half()).to.deep.equal(['callbots', 1])
    cluster.route('a/one', 1)
    cluster.pods('a/one', 3)
    expect(half(), 'what is in the caches by now does not count twice').to.deep.equal(['callbots', 1])
    release()
    expect(half()).to.deep.equal(['callbots', 1])
    cluster.taken.reserve('a', 'two', { pods: 4 })()
    cluster.pods('a/one', undefined)
    expect(half(), 'a request that failed takes nothing').to.deep.equal(['callbots', 4])
  })

  it('is found without a look at the other bots while all fit, or while this one fits nowhere', () => {
    const cluster = new Cluster({ default: { callbots: 3, numbers: 5 } })
    for (const name of ['one', 'two', 'three']) cluster.callbot(`a/${name}`, 1)
    expect(cluster.shareOf('a/one').beyond).to.equal(undefined)
    for (const name of ['one', 'two', 'three']) cluster.route(`a/${name}`, 1)
    for (let index = 0; index < 100; index++) cluster.callbot(`a/more-${index}`, 1)
    expect(cluster.shareOf('a/more-7').beyond).to.include({ resource: 'callbots', used: 3 })
    expect(cluster.shareOf('a/more-7').againSeconds, 'ten of a namespace in a second').to.equal(11)
    cluster.callbot('b/one', 1)
    expect(cluster.shareOf('b/one').againSeconds).to.equal(10)
    expect(cluster.shareOf('b/one').beyond, 'whatever the neighbour asks for').to.equal(undefined)
    expect(cluster.looks).to.equal(0)
  })

  it('is found without a look at the other bots, however many of them claim the same number', () => {
    const cluster = new Cluster({ default: { callbots: 100, numbers: 500 } })
    cluster.callbot('roses/desk', 1)
    const [number = ''] = cluster.bots.get('roses/desk')!.spec.numbers
    const names = Array.from({ length: 300 }, (_, index) => `hostile/crowd-${index}`)
    for (const name of names) cluster.callbot(name, 1, 1, [number])
    for (const name of names.slice(0, 100)) cluster.route(name, 1)
    cluster.searches = 0
    expect(names.filter((name) => cluster.shareOf(name).beyond === undefined)).to.have.lengthOf(100)
    expect([cluster.looks, cluster.searches]).to.deep.equal([0, 0])
  })

  it('is given to nobody to whom a look at all bots gives none, and no limit is exceeded, whatever comes in whatever order', () => {
    const key = fc.constantFrom('a/x', 'a/y', 'a/z', 'b/x', 'b/y')
    const event = fc.oneof(
      fc.record({ do: fc.constant('apply'), key, amount: fc.integer({ min: 1, max: 4 }), at: fc.nat(3) }),
      fc.record({ do: fc.constant('reconcile'), key, amount: fc.nat(6), at: fc.constant(0) }),
      fc.record({ do: fc.constant('remove'), key, amount: fc.constant(0), at: fc.constant(0) }),
    )
    const limits = fc.record({ callbots: fc.nat(3), numbers: fc.nat(8), pods: fc.nat(6) })
    fc.assert(
      fc.property(fc.array(event, { maxLength: 40 }), limits, limits, (events, share, total) => {
        const cluster = new Cluster({ default: share, total })
        const shares = sharesOf(cluster.settings.shares)
        for (const { do: what, key: bot, amount, at } of events) {
          if (what === 'apply') cluster.callbot(bot, amount, at)
          if (what === 'remove' && cluster.bots.has(bot)) {
            cluster.remove(bot)
            cluster.route(bot, undefined)
            cluster.pods(bot, undefined)
          }
          const found = cluster.bots.get(bot)
          if (what !== 'reconcile' || found === undefined) continue
          const { beyond, pods } = cluster.shareOf(bot)
          const answers = admit(
            [...cluster.bots].map(([one, { namespace, createdAt, spec }]) => ({
              ...{ key: one, namespace, since: createdAt, wants: { callbots: 1, numbers: spec.numbers.length } },
              has: cluster.routes.has(one) ? { callbots: 1, numbers: cluster.routes.get(one)!.numbers } : undefined,
            })),
            shares,
          )
          // One that shrinks gives its room away when it is published, and not before.
          if (beyond === undefined) expect(answers.get(bot)).to.equal(undefined)
          if (beyond === undefined) cluster.route(bot, found.spec.numbers.length)
          cluster.pods(bot, Math.max(cluster.deployments.get(bot)?.replicas ?? 0, Math.min(amount, pods.most)))
        }
        for (const namespace of ['a', 'b']) {
          const { own, all } = cluster.taken.used(namespace)
          for (const resource of ['callbots', 'numbers', 'pods'] as const) {
            expect(own[resource] ?? 0).to.be.at.most(share[resource])
            expect(all[resource] ?? 0).to.be.at.most(total[resource])
          }
        }
      }),
      { numRuns: 500 },
    )
  })
})
