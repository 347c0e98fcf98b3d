import { expect } from 'chai'
import { createEndpointsBoard } from '../../../../src/operator/observe/http-endpoints.ts'
import type { EndpointSighting } from '../../../../src/rules/call-statistics.ts'
import { aPodState } from '../../../kit/builders.ts'

type Pod = { uid: string; namespace: string; running: boolean; ip: string | undefined; terminating: boolean }
const aPod = (uid: string, changes: Partial<Pod> = {}): Pod => ({
  ...{ uid, namespace: 'lilas', running: true, ip: `ip of ${uid}`, terminating: false },
  ...changes,
})
const nord = (state: EndpointSighting['state']) =>
  aPodState({ http: [{ integration: 'agenda', endpoint: 'nord', state, since: 5 }] })

describe("what pods say of clients' web services", () => {
  let pods: Pod[]
  let changed: string[]
  const start = () => {
    const cache = { byIndex: () => pods, list: () => pods.values(), get size() { return pods.length } } // prettier-ignore
    return createEndpointsBoard(cache as never, (integration) => changed.push(integration))
  }
  beforeEach(() => {
    pods = [aPod('one'), aPod('two')]
    changed = []
  })
  const states = (board: ReturnType<typeof start>) =>
    board.says('lilas/accueil')?.flatMap((pod) => pod.get('agenda')?.map(({ state }) => state) ?? [])

  it('is told once each pod of the bot was asked', () => {
    const board = start()
    board.told(pods[0]!, nord('Up'))
    expect(states(board)).to.equal(undefined)
    board.told(pods[1]!, undefined)
    expect(states(board)).to.deep.equal(['Up'])
  })

  it('does not wait for pods that can not be asked yet or are on their way out', () => {
    pods = [
      aPod('one'),
      aPod('two', { ip: undefined }),
      aPod('three', { running: false }),
      aPod('four', { terminating: true }),
    ]
    const board = start()
    board.told(pods[0]!, nord('Down'))
    expect(states(board)).to.deep.equal(['Down'])
  })

  it('is news when it changes, and only then', () => {
    const board = start()
    for (const state of ['Up', 'Up', 'Down', 'Down'] as const) board.told(pods[0]!, nord(state))
    expect(changed).to.deep.equal(['lilas/agenda', 'lilas/agenda'])
  })

  it('lasts over two answers that do not come, and ends with the third', () => {
    const board = start()
    board.told(pods[1]!, nord('Up'))
    board.told(pods[0]!, nord('Up'))
    for (const left of [['Up', 'Up'], ['Up', 'Up'], ['Up']]) {
      board.told(pods[0]!, undefined)
      expect(states(board)).to.deep.equal(left)
    }
  })

  it('of pods that are gone is forgotten', () => {
    const board = start()
    const many = Array.from({ length: 300 }, (_, index) => aPod(`old-${index}`))
    pods = many
    for (const pod of many) board.told(pod, nord('Up'))
    pods = [aPod('one')]
    board.told(pods[0]!, nord('Up'))
    pods = [many[0]!]
    expect(states(board)).to.equal(undefined)
  })
})
