import { expect } from 'chai'
import { LONGEST_FLOW } from '../../../src/api/flow-text.ts'
import { createFlowReader } from '../../../src/threads/flow-reader.ts'
import { runInThread } from '../../../src/threads/run-in-thread.ts'
import { longestBlockOf } from '../../harness/event-loop.ts'
import { hostileTexts } from '../../harness/hostile-flows.ts'

/** Processor time of the event loop. */
const LIMIT_MS = 50
const GOOD = 'steps: [{ name: a, hangUp: {} }]'

describe('the reader of dialogs', function () {
  this.timeout(120_000)
  const read = createFlowReader({ milliseconds: 30_000 })

  for (const [what, text] of Object.entries(hostileTexts())) {
    it(`refuses ${what}, and holds the event loop for less than 50 ms`, async () => {
      let answer: unknown
      const block = await longestBlockOf(async () => ([answer] = await read([text])), LIMIT_MS)
      expect(answer).to.have.property('problems').that.is.not.empty
      expect(block).to.be.below(LIMIT_MS)
    })
  }

  it('answers each text of a job, in order, whichever of them are good', async () => {
    const long = 'x'.repeat(LONGEST_FLOW + 1)
    const answers = await read([GOOD, long, '[', GOOD])
    expect(answers.map((each) => ('flow' in each ? 'flow' : each.problems[0]!.message.slice(0, 13)))).to.deep.equal([
      'flow',
      'the conversat',
      'it is not YAM',
      'flow',
    ])
  })

  it('refuses what was not read in time, and reads the next', async () => {
    const hasty = createFlowReader({ milliseconds: 5 })
    expect(JSON.stringify(await hasty([GOOD]))).to.include('it was not read in time')
    expect(await read([GOOD])).to.deep.equal([{ flow: { steps: [{ name: 'a', hangUp: {} }] } }])
  })

  it('lets owners take turns: who floods it waits for itself', async () => {
    const order: string[] = []
    const ask = (owner: string) => read([GOOD], owner).then(() => order.push(owner))
    await Promise.all([...Array.from({ length: 4 }, () => ask('flood')), ask('neighbour')])
    expect(order.indexOf('neighbour')).to.be.at.most(2)
  })

  it('ends a thread that takes more memory than there is for it', async () => {
    const script = new URL(`data:text/javascript,const all = []; for (;;) all.push(new Array(1e5).fill({}))`)
    expect(await runInThread({ script, data: {}, milliseconds: 60_000, owner: '' })).to.deep.equal({
      kind: 'Broken',
    })
  })
})
