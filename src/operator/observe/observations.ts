import type { Observatory } from './callbot.ts'
import type { AreIdle } from './idle-check.ts'
import type { RoutesBoard } from './routes.ts'

/** What the operator's own questions to pods and edges give to its decisions. */
export interface Seen {
  seen: Pick<Observatory, 'answering' | 'calls' | 'demand' | 'callsOf' | 'lookouts'>
  areIdle: AreIdle
  followRoute: RoutesBoard['follow']
}
