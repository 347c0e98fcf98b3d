import { expect } from 'chai'
import { FIRST_WORD_SECONDS, Newborns } from '../../../src/operator/newborns.ts'
import { aBot, aPod, aWorld, cycle, NOON, SECOND } from '../../kit/builders.ts'

const first = cycle(aWorld().world)
const starting = first.status!
const serving = cycle({ ...first.world, pods: ['zone-a', 'zone-b', 'zone-c'].map((zone) => aPod(zone)) }).status!
const bot = aBot()

describe('the first status of a bot', () => {
  it('waits a moment while it would only say that pods are starting', () => {
    const newborns = new Newborns()
    expect(newborns.patience(bot, starting, NOON)).to.equal(FIRST_WORD_SECONDS)
    expect(newborns.patience(bot, starting, NOON + 100)).to.be.closeTo(FIRST_WORD_SECONDS - 0.1, 1e-9)
    expect(newborns.patience(bot, starting, NOON + FIRST_WORD_SECONDS * SECOND)).to.equal(undefined)
  })

  it('does not wait when it has anything else to say', () => {
    expect(new Newborns().patience(bot, serving, NOON)).to.equal(undefined)
    const lacking = cycle(aWorld().with({ missingIntegrations: ['cabinet'] }).world).status!
    expect(new Newborns().patience(bot, lacking, NOON)).to.equal(undefined)
  })

  it('is the first only once: a bot that has one is told of at once', () => {
    expect(new Newborns().patience(aBot({ status: starting }), starting, NOON)).to.equal(undefined)
  })

  it('does not make the operator issue a second certificate while it waits', () => {
    const newborns = new Newborns()
    newborns.patience(bot, starting, NOON)
    expect(newborns.completed(bot).status).to.deep.equal({ certificate: starting.certificate })
    const again = cycle({ ...first.world, bot: newborns.completed(bot) })
    expect(again.plan.steps).to.deep.equal([])
  })

  it('is that of this very bot, not of a predecessor of its name', () => {
    const newborns = new Newborns()
    newborns.patience(aBot({ uid: 'uid-of-a-predecessor' }), starting, NOON)
    expect(newborns.completed(bot)).to.equal(bot)
    expect(newborns.patience(bot, starting, NOON + 10 * SECOND)).to.equal(FIRST_WORD_SECONDS)
  })

  it('is forgotten when it is written or the bot is gone', () => {
    const newborns = new Newborns()
    newborns.patience(bot, starting, NOON)
    newborns.forget(bot)
    expect(newborns.completed(bot)).to.equal(bot)
  })
})
