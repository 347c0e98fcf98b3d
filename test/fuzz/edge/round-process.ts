/**
 * Plays a round in the network namespace that it is started in (namespace.ts), and tells its result to its parent:
 * `node round-process.ts '{"round": {...}}'` or `'{"cases": [...]}'`.
 */
import { playCases } from './cases.ts'
import type { Order, Told } from './namespace.ts'
import { playRound } from './round.ts'
import { setFuzzStage } from './stage.ts'

const order = JSON.parse(process.argv[2]!) as Order
const tell = (told: Told) => new Promise<void>((resolve) => process.send!(told, () => resolve()))

const stage = await setFuzzStage()
try {
  await tell(
    'round' in order ? { round: await playRound(stage, order.round) } : { cases: await playCases(stage, order.cases) },
  )
} finally {
  await stage.stop()
}
process.exit()
