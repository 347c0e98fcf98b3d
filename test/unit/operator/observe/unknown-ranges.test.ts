import { expect } from 'chai'
import fc from 'fast-check'
import type { EventFacts } from '../../../../src/kube/events.ts'
import type { Caches } from '../../../../src/operator/observe/caches.ts'
import {
  countUnknownRanges,
  firstUnknownRange,
  reportRanges,
  type RangeSources,
} from '../../../../src/operator/observe/unknown-ranges.ts'
import { DEFAULT_VALUES } from '../../../../src/rules/egress.ts'
import { FakeClock } from '../../../harness/fake-clock.ts'

const HOUR = 3_600_000

describe('the event about addresses that egress.clusterCidrs lacks', () => {
  const nodes = new Map<string, string[]>()
  const pods: { namespace: string; name: string; uid: string; ip: string }[] = []
  let leads: boolean
  let clock: FakeClock
  let events: EventFacts[]
  let stop: AbortController

  const begin = (clusterCidrs: string[], apiServer?: string) => {
    const list = () => [...nodes].map(([name, addresses]) => ({ name, uid: `uid-${name}`, addresses }))
    const caches = { nodes: { list }, pods: { list: () => pods } } as unknown as Caches
    const egress = { ...DEFAULT_VALUES, clusterCidrs }
    const rest = { clock, mayAsk: () => leads, publish: (event: EventFacts) => void events.push(event) }
    void reportRanges({ caches, egress, apiServer, ...rest }, stop.signal)
  }

  beforeEach(() => {
    nodes.clear()
    pods.length = 0
    ;[leads, clock, events, stop] = [true, new FakeClock(), [], new AbortController()]
  })
  afterEach(() => stop.abort())

  it('is one, about the first node by name, however many there are, and comes once an hour', async () => {
    nodes.set('b', ['7.7.7.8']).set('a', ['10.0.0.1', '7.7.7.7'])
    begin([])
    await clock.pass(HOUR - 60_000)
    expect(events.map(({ regarding: { kind, name, uid } }) => [kind, name, uid])).to.deep.equal([
      ['Node', 'a', 'uid-a'],
    ])
    expect(events[0]!.note).to.match(/^7\.7\.7\.7 of Node a .*egress\.clusterCidrs of the chart/)
    expect(events[0]!.note.length).to.be.below(1_024)
    await clock.pass(120_000)
    expect(events).to.have.length(2)
  })

  it('is about the node whose address a bot has, too', async () => {
    nodes.set('a', ['7.7.7.7'])
    pods.push({ namespace: 'n', name: 'bot-1', uid: 'p', ip: '7.7.7.7' })
    begin([])
    await clock.pass(10_000)
    expect(events.map(({ regarding: { kind, name } }) => `${kind} ${name}`)).to.deep.equal(['Node a'])
  })

  it('comes at once for another address, and no more when the administrator has listed them', async () => {
    begin(['7.7.7.0/24'])
    nodes.set('a', ['7.7.7.7'])
    await clock.pass(60_000)
    expect(events).to.deep.equal([])
    pods.push({ namespace: 'n', name: 'bot-1', uid: 'p', ip: '5.5.5.5' })
    await clock.pass(10_000)
    expect(events.map(({ regarding }) => regarding.name)).to.deep.equal(['bot-1'])
  })

  it('is about the Service kubernetes where that alone has a public address', async () => {
    begin([], '8.8.4.4')
    await clock.pass(10_000)
    expect(events.map(({ regarding: { namespace, name } }) => `${namespace}/${name}`)).to.deep.equal([
      'default/kubernetes',
    ])
  })

  it('is published by the replica that leads, within a second of its lease', async () => {
    leads = false
    nodes.set('a', ['7.7.7.7'])
    begin([])
    await clock.pass(60_000)
    expect(events).to.deep.equal([])
    leads = true
    await clock.pass(1_000)
    expect(events).to.have.length(1)
  })
})

describe('the first of the addresses that egress.clusterCidrs lacks', () => {
  const address = fc.constantFrom('5.5.5.5', '7.7.7.7', '7.7.7.8', '10.0.0.1', '192.168.0.1', '2a00:1::1', 'odd')
  const name = fc.constantFrom('a', 'a-b', 'b', 'bot-1', 'bot-10', 'bot-2')
  const node = fc.record({ name, uid: fc.constant(''), addresses: fc.array(address, { maxLength: 3 }) })
  const ip = fc.option(address, { nil: undefined })
  const pod = fc.record({ namespace: name, name, uid: fc.constant(''), ip })
  const isOpen = (each: string | undefined) => each !== undefined && /^(5|7|8|2a00)[.:]/.test(each)
  const byKey = (one: string, other: string) => (one < other ? -1 : one > other ? 1 : 0)

  it('is that of the first node by name, then of the first bot by namespace and name, then of the API server', () => {
    const property = fc.property(
      fc.uniqueArray(node, { selector: (each) => each.name, maxLength: 6 }),
      fc.uniqueArray(pod, { selector: (each) => `${each.namespace}/${each.name}`, maxLength: 12 }),
      fc.constantFrom(undefined, '8.8.4.4', '10.96.0.1'),
      (nodes, pods, apiServer) => {
        const caches = { nodes: { list: () => nodes }, pods: { list: () => pods } } as unknown as RangeSources['caches']
        const found = firstUnknownRange({ caches, egress: DEFAULT_VALUES, apiServer })
        const sorted = [
          ...nodes.toSorted((a, b) => byKey(a.name, b.name)).flatMap((each) => each.addresses),
          ...pods
            .toSorted((a, b) => byKey(`${a.namespace}/${a.name}`, `${b.namespace}/${b.name}`))
            .map((each) => each.ip),
          apiServer,
        ].filter(isOpen)
        expect(found?.address).to.equal(sorted[0])
        expect(countUnknownRanges({ caches, egress: DEFAULT_VALUES, apiServer })).to.equal(new Set(sorted).size)
      },
    )
    fc.assert(property, { numRuns: 300 })
  })
})
