// @tier check  @stage drill  @seconds 67
import { expect } from 'chai'
import { pause } from '../../hack/cluster/shell.ts'
import { callerOf, readyEdges } from '../harness/edges.ts'
import { AGENTS, ECHO, useDrillStage, type RecordedCall } from '../harness/drill-stage.ts'
import { eventually } from '../harness/eventually.ts'

/** Until the bot has put a caller through, and they have talked. */
const TALK_MS = 8_000

describe('the test calls of a drill', function () {
  this.timeout(300_000)
  const stage = useDrillStage()

  it('ring no agent: the records of both telephone systems have real callers there, and marked calls at the test number alone', async () => {
    const { begin, end, get, recorded, number } = stage()
    const known = { paris: recorded('paris').length, lyon: recorded('lyon').length }
    await begin('quiet')
    const { uid } = (await get('quiet')).metadata
    const callers = await Promise.all((await readyEdges()).map((edge) => callerOf(edge)))
    const attempts = callers.map((caller) => caller.invite(number))
    for (const attempt of attempts) {
      await attempt.status(200, 20)
      attempt.within('ACK')
    }
    await pause(TALK_MS)
    for (const attempt of attempts) attempt.within('BYE')
    const { calls } = await end('quiet')
    for (const caller of callers) caller.close()
    const since = (system: 'paris' | 'lyon') => recorded(system).slice(known[system])
    const marked = (records: RecordedCall[]) => records.filter(({ drill }) => drill !== '')
    // A record is written when the call has ended. A test call that failed for a reason of ours (a pod that stalled) counts for nothing.
    await eventually(
      () => expect(marked([...since('paris'), ...since('lyon')]).length).to.be.at.least(calls!.placed),
      20,
    )
    const [paris, lyon] = [since('paris'), since('lyon')]
    expect(new Set(marked([...paris, ...lyon]).map(({ to, drill }) => `${to} ${drill}`))).to.deep.equal(
      new Set([`${ECHO} ${uid}`]),
    )
    expect(paris.filter(({ to }) => to === AGENTS).map(({ disposition }) => disposition)).to.deep.equal(
      callers.map(() => 'ANSWERED'),
    )
    expect(lyon.filter(({ to }) => to === AGENTS)).to.deep.equal([])
    expect(marked(lyon).length, 'by the backup').to.be.greaterThan(marked(paris).length)
  })
})
