import { expect } from 'chai'
import { createEndpointsStore } from '../../../../src/operator/observe/http-endpoints.ts'
import type { PartState } from '../../../../src/rules/part-state.ts'
import { aPodState } from '../../../harness/builders.ts'

type Pod = { uid: string; namespace: string; running: boolean; ip: string | undefined; terminating: boolean }
const aPod = (uid: string, changes: Partial<Pod> = {}): Pod => ({
  ...{ uid, namespace: 'lilas', running: true, ip: `ip of ${uid}`, terminating: false },
  ...changes,
})
const nord = (state: PartState) => aPodState({ http: new Map([['agenda', [{ part: 'nord', state, since: 5 }]]]) })

describe("what pods say of clients' web services", () => {
  let pods: Pod[]
  let changed: string[]
  const start = () => {
    const cache = { byIndex: () => pods, list: () => pods.values(), get size() { return pods.length } } // prettier-ignore
    return createEndpointsStore(cache as never, (integration) => changed.push(integration))
  }
  beforeEach(() => {
    pods = [aPod('one'), aPod('two')]
    changed = []
  })
  const states = (store: ReturnType<typeof start>) =>
    store.observations('lilas/accueil')?.flatMap((pod) => pod.get('agenda')?.map(({ state }) => state) ?? [])

  it('is known once each pod of the bot was polled', () => {
    const store = start()
    store.record(pods[0]!, nord('Up'))
    expect(states(store)).to.equal(undefined)
    store.record(pods[1]!, undefined)
    expect(states(store)).to.deep.equal(['Up'])
  })

  it('does not wait for pods that can not be asked yet or are on their way out', () => {
    pods = [
      aPod('one'),
      aPod('two', { ip: undefined }),
      aPod('three', { running: false }),
      aPod('four', { terminating: true }),
    ]
    const store = start()
    store.record(pods[0]!, nord('Down'))
    expect(states(store)).to.deep.equal(['Down'])
  })

  it('is news when it changes, and only then', () => {
    const store = start()
    for (const state of ['Up', 'Up', 'Down', 'Down'] as const) store.record(pods[0]!, nord(state))
    expect(changed).to.deep.equal(['lilas/agenda', 'lilas/agenda'])
  })

  it('lasts over two answers that do not come, and ends with the third', () => {
    const store = start()
    store.record(pods[1]!, nord('Up'))
    store.record(pods[0]!, nord('Up'))
    for (const left of [['Up', 'Up'], ['Up', 'Up'], ['Up']]) {
      store.record(pods[0]!, undefined)
      expect(states(store)).to.deep.equal(left)
    }
  })

  it('of pods that are gone is forgotten', () => {
    const store = start()
    const many = Array.from({ length: 300 }, (_, index) => aPod(`old-${index}`))
    pods = many
    for (const pod of many) store.record(pod, nord('Up'))
    pods = [aPod('one')]
    store.record(pods[0]!, nord('Up'))
    pods = [many[0]!]
    expect(states(store)).to.equal(undefined)
  })
})
