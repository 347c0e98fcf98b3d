/** Callers from outside whom a bot puts through to an agent while a drill has a share of them, and who counts them there. */
import { expect } from 'chai'
import { AGENTS, type RecordedCall, type useDrillStage } from './drill-stage.ts'
import { eventually } from './eventually.ts'
import { gatherLiveCallers, judgeLiveCalls, type LiveCalls } from './live-calls.ts'

type Stage = ReturnType<ReturnType<typeof useDrillStage>>

const SYSTEMS = ['paris', 'lyon'] as const

/** Calls to agents, by the telephone system that answered them, as the systems themselves recorded it; and those that rang in vain. */
export interface AnsweredBy {
  paris: number
  lyon: number
  inVain: number
}

type Placed = AnsweredBy & Awaited<ReturnType<typeof judgeLiveCalls>>
type Where = Pick<Stage, 'number' | 'recorded'>

interface HowMany {
  callsPerEdge: number
  /** How long each call lasts. */
  seconds: number
  perSecond?: number
}

/**
 * Places the calls, and resolves when all have hung up, and both systems have recorded them.
 * @throws when a caller was refused, hung up on, or not answered by one agent and one alone
 */
export const placeRealCalls = async (stage: Where, o: HowMany): Promise<Placed> => (await gatherRealCallers(stage, o))()

/** @returns what places the calls, as above; it needs no API server */
export async function gatherRealCallers(stage: Where, o: HowMany): Promise<() => Promise<Placed>> {
  const callers = await gatherLiveCallers({ number: stage.number, ...o })
  return async () => {
    const from = Math.floor(Date.now() / 1_000) * 1_000
    return place(stage, await callers.call(), from)
  }
}

/** @param from when they began to call: others who talk meanwhile, and hang up, began before */
async function place(stage: Where, calls: LiveCalls, from: number): Promise<Placed> {
  try {
    const heard = await judgeLiveCalls(calls)
    const isOurs = ({ to, drill, began }: RecordedCall) => to === AGENTS && drill === '' && began >= from
    const since = () =>
      SYSTEMS.map((system) => stage.recorded(system).filter(isOurs)) as [RecordedCall[], RecordedCall[]]
    const answered = (records: RecordedCall[]) => records.filter(({ disposition }) => disposition === 'ANSWERED').length
    await eventually(() => {
      const [paris, lyon] = since()
      expect(answered(paris) + answered(lyon), 'callers whom an agent answered').to.equal(calls.placed)
    }, 20)
    const [paris, lyon] = since()
    const inVain = paris.length + lyon.length - calls.placed
    return { paris: answered(paris), lyon: answered(lyon), inVain, ...heard }
  } finally {
    await calls.stop()
  }
}
