import { expect } from 'chai'
import fc from 'fast-check'
import { createPolicyShares, type PolicyShares } from '../../../../src/operator/observe/policy-shares.ts'
import type { CachedPolicy } from '../../../../src/operator/observe/retention-projections.ts'
import { NO_LIMITS } from '../../../../src/rules/shares.ts'
import { aRetentionPolicyFacts } from '../../../harness/retention-worlds.ts'

/** The RetentionPolicies of namespaces, what is published of them, and an operator that decides. */
class Cluster {
  readonly policies = new Map<string, CachedPolicy>()
  published = new Set<string>()
  readonly stored = new Set<string>()
  looks = 0
  /** Asked to publish something. */
  asked = 0
  private limit: number | undefined
  private shares: PolicyShares
  private uids = 0

  constructor(limit: number | undefined) {
    this.limit = limit
    this.shares = this.start()
  }

  create(key: string, createdAt: number): void {
    const [namespace = '', name = ''] = key.split('/')
    const uid = `uid-${++this.uids}`
    const facts = aRetentionPolicyFacts({ namespace, name, uid, createdAt })
    this.policies.set(key, { ...facts, resourceVersion: '1' })
  }

  /** What was in memory is gone. */
  restart(limit = this.limit): void {
    this.limit = limit
    this.shares = this.start()
  }

  beyond = (key: string) => this.shares.beyond(this.policies.get(key)!)
  inForce = () => [...this.policies.keys()].filter((key) => this.beyond(key) === undefined)
  publish(): void {
    const groups = Map.groupBy(this.policies.values(), ({ namespace }) => namespace)
    const inForce = [...groups].flatMap(([namespace, own]) => this.shares.inForce(namespace, own))
    this.published = new Set(inForce.map(({ namespace, name }) => `${namespace}/${name}`))
  }

  private start(): PolicyShares {
    const all = () => [...this.policies.values()]
    const namesIn = (namespace: string) =>
      [...this.published].flatMap((key) => (key.startsWith(`${namespace}/`) ? [key.split('/')[1]!] : []))
    return createPolicyShares({
      policies: {
        get: (namespace: string, name: string) => this.policies.get(`${namespace}/${name}`),
        byIndex: (_: string, value: string) => (this.looks++, all().filter(({ namespace }) => namespace === value)),
      },
      shares: { ...NO_LIMITS, default: this.limit === undefined ? {} : { retentionPolicies: this.limit } },
      publishedOf: (namespace) => new Set(namesIn(namespace)),
      onGiven: () => void this.asked++,
      isStored: (namespace, name) => this.stored.has(`${namespace}/${name}`),
    })
  }
}

const KEYS = ['a', 'b'].flatMap((namespace) => ['p', 'q', 'r', 's', 't'].map((name) => `${namespace}/${name}`))
const key = fc.constantFrom(...KEYS)
const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant('create' as const), key }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('delete' as const), key }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('look' as const), key }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('publish' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('store' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const), limit: fc.integer({ min: 0, max: 4 }) }) },
)
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

function carryOut(cluster: Cluster, each: Step, now: number): void {
  switch (each.do) {
    case 'create':
      if (!cluster.policies.has(each.key)) cluster.create(each.key, now)
      return
    case 'delete':
      return void cluster.policies.delete(each.key)
    case 'look':
      return void (cluster.policies.has(each.key) && cluster.beyond(each.key))
    case 'publish':
      return cluster.publish()
    case 'store':
      return cluster.published.forEach((one) => cluster.stored.add(one))
    case 'restart':
      return cluster.restart(each.limit)
  }
}

/** Plays the steps, two in the same second. */
function play(
  limit: number,
  steps: readonly Step[],
  after: (cluster: Cluster, before: Set<string>, limit: number, published: ReadonlySet<string>) => void,
) {
  const cluster = new Cluster(limit)
  let current = limit
  for (const [nth, each] of steps.entries()) {
    // What the store enforces: as it was published, of objects that are still there.
    const before = new Set([...cluster.published].filter((one) => cluster.policies.has(one)))
    const { published } = cluster
    if (each.do === 'restart') current = each.limit
    carryOut(cluster, each, Math.floor(nth / 2))
    for (const one of before) if (!cluster.policies.has(one)) before.delete(one)
    after(cluster, before, current, published)
  }
}

const ofNamespace = (keys: Iterable<string>, namespace: string) =>
  [...keys].filter((each) => each.startsWith(`${namespace}/`))
const RUNS = { numRuns: 500 }
const steps = fc.array(step, { maxLength: 40 })
const limit = fc.integer({ min: 0, max: 4 })

describe('the share of a namespace of RetentionPolicies', () => {
  it('is not exceeded: the oldest are in force, then by name, and what is refused says how much of how much', () => {
    const cluster = new Cluster(2)
    cluster.create('acme/young', 3)
    cluster.create('acme/b', 2)
    cluster.create('acme/a', 2)
    cluster.create('lilas/young', 3)
    expect(cluster.inForce()).to.have.members(['acme/a', 'acme/b', 'lilas/young'])
    const beyond = { resource: 'retentionPolicies', used: 2, limit: 2, of: 'Namespace' }
    expect(cluster.beyond('acme/young')).to.deep.equal(beyond)
    cluster.policies.delete('acme/a')
    expect(cluster.beyond('acme/young')).to.equal(undefined)
  })

  it('takes no published policy out of force, whatever becomes of the limit, its age, or the operator', () => {
    fc.assert(
      fc.property(limit, steps, (first, all) => {
        play(first, all, (cluster, before) => {
          for (const each of before) expect(cluster.beyond(each), each).to.equal(undefined)
        })
      }),
      RUNS,
    )
  })

  it('refuses no policy under which records are stored: its rules and legal holds go on', () => {
    fc.assert(
      fc.property(limit, steps, (first, all) => {
        play(first, all, (cluster) => {
          for (const each of cluster.stored)
            if (cluster.policies.has(each)) expect(cluster.beyond(each), each).to.equal(undefined)
        })
      }),
      RUNS,
    )
  })

  it('is exceeded by nothing new, and leaves no place free that somebody waits for', () => {
    fc.assert(
      fc.property(limit, steps, (first, all) => {
        play(first, all, (cluster, _, most, published) => {
          const inForce = cluster.inForce()
          for (const namespace of ['a', 'b']) {
            const own = ofNamespace(inForce, namespace)
            const without = own.filter((each) => !cluster.stored.has(each))
            expect(without.length).to.be.at.most(Math.max(most, ofNamespace(published, namespace).length))
            const waits = ofNamespace(cluster.policies.keys(), namespace).length > own.length
            const deleted = ofNamespace(cluster.published, namespace).filter((each) => !cluster.policies.has(each))
            if (waits) expect(own.length + deleted.length).to.be.at.least(most)
          }
        })
      }),
      RUNS,
    )
  })

  it('has the same policies in force, one by one or all of a namespace at once', () => {
    fc.assert(
      fc.property(limit, steps, (first, all) => {
        play(first, all, (cluster) => {
          const each = cluster.inForce()
          cluster.publish()
          expect([...cluster.published]).to.have.members(each)
        })
      }),
      RUNS,
    )
  })

  it('gives no place twice before the answer of the API server is in the caches', () => {
    const cluster = new Cluster(1)
    cluster.create('acme/b', 1)
    expect(cluster.beyond('acme/b')).to.equal(undefined)
    cluster.create('acme/a', 1)
    expect(cluster.beyond('acme/a')).to.include({ used: 1, limit: 1 })
    expect(cluster.beyond('acme/b')).to.equal(undefined)
  })

  it('has a policy that was deleted and created again refused as any new one, unless records are stored under it', () => {
    const cluster = new Cluster(1)
    for (const [at, each] of ['acme/first', 'acme/second'].entries()) cluster.create(each, at)
    cluster.publish()
    cluster.policies.delete('acme/first')
    cluster.publish()
    cluster.create('acme/first', 2)
    expect(cluster.beyond('acme/first')).to.include({ used: 1, limit: 1 })
    cluster.asked = 0
    cluster.stored.add('acme/first')
    for (const look of [1, 2]) expect(cluster.beyond('acme/first'), String(look)).to.equal(undefined)
    expect(cluster.asked, 'it has to be published, and that is asked for once').to.equal(1)
    expect(cluster.beyond('acme/second')).to.equal(undefined)
  })

  it('gives the place of a policy that was deleted to nobody while it is still published, since it keeps it if it is created again', () => {
    const cluster = new Cluster(1)
    cluster.create('acme/first', 0)
    cluster.publish()
    cluster.policies.delete('acme/first')
    cluster.create('acme/second', 1)
    expect(cluster.beyond('acme/second')).to.include({ used: 1, limit: 1 })
    cluster.create('acme/first', 2)
    expect(cluster.inForce()).to.deep.equal(['acme/first'])
    cluster.policies.delete('acme/first')
    cluster.publish()
    expect(cluster.beyond('acme/second'), 'published no more').to.equal(undefined)
  })

  it('is no limit where the chart sets none', () => {
    const cluster = new Cluster(undefined)
    for (const each of KEYS) cluster.create(each, 0)
    expect(cluster.inForce()).to.have.lengthOf(KEYS.length)
  })

  it('costs no look at other policies while it is used up, however many are refused', () => {
    const cluster = new Cluster(20)
    for (let nth = 0; nth < 2_000; nth++) cluster.create(`acme/p${nth}`, nth)
    cluster.publish()
    cluster.looks = 0
    expect(cluster.inForce()).to.have.lengthOf(20)
    expect(cluster.looks).to.equal(0)
  })
})
