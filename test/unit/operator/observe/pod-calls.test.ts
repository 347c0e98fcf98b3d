import { expect } from 'chai'
import { createCallsStore } from '../../../../src/operator/observe/pod-calls.ts'
import { aPodState, NOON, SECOND } from '../../../harness/builders.ts'

describe('the store of calls', () => {
  const BOT = 'lilas/accueil'
  let now: number
  let changes: string[]
  let asked: string[]
  const open = () => {
    now = NOON
    changes = []
    asked = []
    return createCallsStore({
      now: () => now,
      onChange: (bot) => changes.push(bot),
      onDemand: (bot) => asked.push(bot),
    })
  }

  it('shows what pods reported, at once the first time and every 5 s from then on', () => {
    const store = open()
    store.record(BOT, 'pod-1', aPodState({ calls: 1 }))
    store.refresh()
    expect(store.shown(BOT)?.calls).to.equal(1)
    store.record(BOT, 'pod-1', aPodState({ calls: 2 }))
    now += 4 * SECOND
    store.refresh()
    expect(store.shown(BOT)?.calls).to.equal(1)
    now += SECOND
    store.refresh()
    expect(store.shown(BOT)?.calls).to.equal(2)
    expect(changes).to.deep.equal([BOT, BOT])
  })

  it('wakes nobody while pods tell the same', () => {
    const store = open()
    for (let round = 0; round < 100; round++) {
      store.record(BOT, 'pod-1', aPodState({ answered: 7 }))
      store.refresh()
      now += 5 * SECOND
    }
    expect(changes).to.deep.equal([BOT])
  })

  it('keeps the first explanation of a fault that lasts: pods word it differently at each try', () => {
    const store = open()
    for (const because of ['connection refused', 'left alone for 5 s', 'connection refused']) {
      store.record(BOT, 'pod-1', aPodState({ tts: { state: 'Failing', because } }))
      store.refresh()
      now += 5 * SECOND
    }
    expect(store.shown(BOT)?.speech).to.deep.include({ because: 'connection refused' })
    expect(changes).to.deep.equal([BOT])
  })

  it('knows nothing of a bot whose pods never answered', () => {
    const store = open()
    store.record(BOT, 'pod-1', undefined)
    store.refresh()
    expect(store.shown(BOT)).to.equal(undefined)
    expect(changes).to.deep.equal([])
  })

  it('counts no call of a pod that is gone, but keeps what it had answered for the metrics', () => {
    const store = open()
    store.record(BOT, 'pod-1', aPodState({ calls: 1, answered: 10 }))
    store.record(BOT, 'pod-1', aPodState({ calls: 1, answered: 14, failed: 1 }))
    store.record(BOT, 'pod-1', undefined)
    store.refresh()
    expect(store.shown(BOT)).to.include({ reporting: 0, calls: 0 })
    expect([...store.totals()]).to.deep.equal([{ bot: BOT, calls: 0, places: 0, answered: 4, failed: 1 }])
  })

  it('forgets a bot that has no pods any more, a minute after it has shown that', () => {
    const store = open()
    store.record(BOT, 'pod-1', aPodState({ calls: 1 }))
    store.record(BOT, 'pod-1', undefined)
    store.refresh()
    now += 61 * SECOND
    store.refresh()
    expect([...store.totals()]).to.deep.equal([])
    expect(changes).to.deep.equal([BOT])
  })

  it('tells at once of calls that come and go, and of callers who find no place, whatever the status shows', () => {
    const store = open()
    store.record(BOT, 'pod-1', aPodState({ calls: 1 }))
    store.record(BOT, 'pod-1', aPodState({ calls: 1, answered: 1 }))
    store.record(BOT, 'pod-2', aPodState({ calls: 3 }))
    expect(asked).to.deep.equal([BOT, BOT])
    expect(store.demand(BOT)).to.deep.equal({ calls: 4, peak: undefined, turnedAway: false })
    store.record(BOT, 'pod-2', aPodState({ calls: 3, refused: 2 }))
    expect(asked).to.deep.equal([BOT, BOT, BOT])
    expect(store.demand(BOT)?.turnedAway).to.equal(true)
  })

  it('knows no demand of a bot none of whose pods tells', () => {
    const store = open()
    expect(store.demand(BOT)).to.equal(undefined)
    store.record(BOT, 'pod-1', aPodState())
    store.record(BOT, 'pod-1', undefined)
    expect(store.demand(BOT)).to.equal(undefined)
  })
})
