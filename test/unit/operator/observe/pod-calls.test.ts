import { expect } from 'chai'
import { createCallsBoard } from '../../../../src/operator/observe/pod-calls.ts'
import { aPodState, NOON, SECOND } from '../../../kit/builders.ts'

describe('the board of calls', () => {
  const BOT = 'lilas/accueil'
  let now: number
  let changes: string[]
  let asked: string[]
  const open = () => {
    now = NOON
    changes = []
    asked = []
    return createCallsBoard({
      now: () => now,
      onChange: (bot) => changes.push(bot),
      onDemand: (bot) => asked.push(bot),
    })
  }

  it('shows what pods told, at once the first time and every 5 s from then on', () => {
    const board = open()
    board.told(BOT, 'pod-1', aPodState({ calls: 1 }))
    board.refresh()
    expect(board.shown(BOT)?.calls).to.equal(1)
    board.told(BOT, 'pod-1', aPodState({ calls: 2 }))
    now += 4 * SECOND
    board.refresh()
    expect(board.shown(BOT)?.calls).to.equal(1)
    now += SECOND
    board.refresh()
    expect(board.shown(BOT)?.calls).to.equal(2)
    expect(changes).to.deep.equal([BOT, BOT])
  })

  it('wakes nobody while pods tell the same', () => {
    const board = open()
    for (let round = 0; round < 100; round++) {
      board.told(BOT, 'pod-1', aPodState({ answered: 7 }))
      board.refresh()
      now += 5 * SECOND
    }
    expect(changes).to.deep.equal([BOT])
  })

  it('keeps the first explanation of a fault that lasts: pods word it differently at each try', () => {
    const board = open()
    for (const because of ['connection refused', 'left alone for 5 s', 'connection refused']) {
      board.told(BOT, 'pod-1', aPodState({ speaks: { state: 'Failing', because } }))
      board.refresh()
      now += 5 * SECOND
    }
    expect(board.shown(BOT)?.speech).to.deep.include({ because: 'connection refused' })
    expect(changes).to.deep.equal([BOT])
  })

  it('knows nothing of a bot whose pods never answered', () => {
    const board = open()
    board.told(BOT, 'pod-1', undefined)
    board.refresh()
    expect(board.shown(BOT)).to.equal(undefined)
    expect(changes).to.deep.equal([])
  })

  it('counts no call of a pod that is gone, but keeps what it had answered for the metrics', () => {
    const board = open()
    board.told(BOT, 'pod-1', aPodState({ calls: 1, answered: 10 }))
    board.told(BOT, 'pod-1', aPodState({ calls: 1, answered: 14, failed: 1 }))
    board.told(BOT, 'pod-1', undefined)
    board.refresh()
    expect(board.shown(BOT)).to.include({ told: 0, calls: 0 })
    expect([...board.totals()]).to.deep.equal([{ bot: BOT, calls: 0, places: 0, answered: 4, failed: 1 }])
  })

  it('forgets a bot that has no pods any more, a minute after it has shown that', () => {
    const board = open()
    board.told(BOT, 'pod-1', aPodState({ calls: 1 }))
    board.told(BOT, 'pod-1', undefined)
    board.refresh()
    now += 61 * SECOND
    board.refresh()
    expect([...board.totals()]).to.deep.equal([])
    expect(changes).to.deep.equal([BOT])
  })

  it('tells at once of calls that come and go, and of callers who find no place, whatever the status shows', () => {
    const board = open()
    board.told(BOT, 'pod-1', aPodState({ calls: 1 }))
    board.told(BOT, 'pod-1', aPodState({ calls: 1, answered: 1 }))
    board.told(BOT, 'pod-2', aPodState({ calls: 3 }))
    expect(asked).to.deep.equal([BOT, BOT])
    expect(board.demand(BOT)).to.deep.equal({ calls: 4, peak: undefined, turnedAway: false })
    board.told(BOT, 'pod-2', aPodState({ calls: 3, refused: 2 }))
    expect(asked).to.deep.equal([BOT, BOT, BOT])
    expect(board.demand(BOT)?.turnedAway).to.equal(true)
  })

  it('knows no demand of a bot none of whose pods tells', () => {
    const board = open()
    expect(board.demand(BOT)).to.equal(undefined)
    board.told(BOT, 'pod-1', aPodState())
    board.told(BOT, 'pod-1', undefined)
    expect(board.demand(BOT)).to.equal(undefined)
  })
})
