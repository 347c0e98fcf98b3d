import { expect } from 'chai'
import { createTimeline, timelineRows } from '../../../../hack/tests/timeline.ts'

describe('where the time of a run goes', () => {
  it('is noted for each of its parts, also for one that fails', async () => {
    const timeline = createTimeline()
    expect(await timeline.part('set-up', async () => 7)).to.equal(7)
    const failing = timeline.part('alone', () => Promise.reject(new Error('no disk')))
    expect(await failing.catch(({ message }: Error) => message)).to.equal('no disk')
    expect(timeline.parts().map(({ name }) => name)).to.deep.equal(['set-up', 'alone'])
  })

  it('is a line for each part at the end of the run', () => {
    expect(timelineRows([{ name: 'set-up', seconds: 93.4, idle: 0.256 }])).to.deep.equal([
      '   93 s  set-up, 26 % of the processors idle',
    ])
  })
})
