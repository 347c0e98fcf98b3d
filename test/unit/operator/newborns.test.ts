import { expect } from 'chai'
import { FIRST_WORD_SECONDS, Newborns } from '../../../src/operator/newborns.ts'
import { aBot, aPod, aWorld, cycle, NOON } from '../../kit/builders.ts'

const MOMENT = FIRST_WORD_SECONDS * 1000
const starting = cycle(aWorld().world).status!

describe('the first status of a bot', () => {
  it('waits a moment for the pods, counted from the first look', () => {
    const newborns = new Newborns()
    expect(newborns.patience(aBot(), starting, NOON)).to.equal(FIRST_WORD_SECONDS)
    expect(newborns.patience(aBot(), starting, NOON + 100)).to.be.closeTo(FIRST_WORD_SECONDS - 0.1, 1e-9)
    expect(newborns.patience(aBot(), starting, NOON + MOMENT)).to.equal(undefined)
  })

  it('is told at once when it says more than that pods are starting', () => {
    const serving = cycle(aWorld().withPods(aPod('zone-a'), aPod('zone-b'), aPod('zone-c')).world).status!
    const missing = cycle(aWorld().with({ missingIntegrations: ['cabinet'] }).world).status!
    expect(new Newborns().patience(aBot(), serving, NOON)).to.equal(undefined)
    expect(new Newborns().patience(aBot(), missing, NOON)).to.equal(undefined)
  })

  it('is the only one that waits', () => {
    expect(new Newborns().patience(aBot({ status: starting }), starting, NOON)).to.equal(undefined)
  })

  it('keeps the certificate meanwhile, so that no second one is issued', () => {
    const newborns = new Newborns()
    newborns.patience(aBot(), starting, NOON)
    const world = aWorld().withBot(newborns.completed(aBot())).world
    expect(cycle(world).plan.steps.map((step) => step.do)).not.to.include('issueCertificate')
    expect(cycle(world).status!.certificate).to.deep.equal(starting.certificate)
  })

  it('keeps nothing for a successor of the same name, nor for a bot that was forgotten', () => {
    const newborns = new Newborns()
    newborns.patience(aBot(), starting, NOON)
    const successor = aBot({ uid: 'uid-of-the-successor' })
    expect(newborns.completed(successor)).to.equal(successor)
    expect(newborns.patience(successor, starting, NOON + MOMENT)).to.equal(FIRST_WORD_SECONDS)
    newborns.forget(successor)
    expect(newborns.completed(successor)).to.equal(successor)
  })
})
