import type { ObserveSources } from './callbot.ts'
import type { AreIdle } from './idle-check.ts'
import type { RoutesStore } from './routes.ts'

/** What the operator's own questions to pods and edges give to its decisions. */
export interface PolledState {
  polled: Pick<ObserveSources, 'answering' | 'calls' | 'demand' | 'callsOf' | 'routeSources'>
  areIdle: AreIdle
  followRoute: RoutesStore['follow']
}
