import { FAILOVER_DRILLS } from '../../api/kinds.ts'
import { createInformer, type Informer } from '../../kube/informer.ts'
import { oldestOf } from '../../rules/drill/lease-line.ts'
import { hasEnded, isPending, isRunning } from '../../rules/drill/stage.ts'
import { isWaiting } from '../judge/drill-lease.ts'
import * as project from './projections.ts'
import { keyOf, type Base, type Wake } from './wake.ts'

type DrillWake = Pick<Wake, 'object' | 'orders'>

/** Wakes a drill that changes, and the orders of one that runs; its Integration when it ends, and the next drill of its namespace when a lease may be free. */
export function createDrillCache(base: Base, wake: DrillWake): Informer<project.CachedDrill> {
  const drills: Informer<project.CachedDrill> = createInformer<project.CachedDrill>({
    ...base,
    resource: FAILOVER_DRILLS,
    project: project.projectDrill,
    indexes: {
      integration: integrationOf,
      running: (drill) => (isRunning(drill) ? ['yes'] : []),
      pending: (drill) => (isPending(drill) ? ['yes'] : []),
    },
    onChange(before, after) {
      if (before !== undefined && !hasEnded(before) && (after === undefined || hasEnded(after)))
        wakeNextDrill(drills, before.namespace, wake)
      const isSame = before?.uid === after?.uid && before?.generation === after?.generation
      if (after !== undefined && !isSame) wake.object('FailoverDrill', keyOf(after), 'urgent')
      const hasMoved = !isSame || progressOf(before) !== progressOf(after)
      if (hasMoved) wakeOrders(before, after, wake)
      // Which one runs and in which state, how the newest ended, and which record is the newest, is the Integration's to show.
      if (!hasMoved && recordOf(before) === recordOf(after)) return
      wake.object('Integration', integrationOf((after ?? before)!)[0]!, 'soon')
    },
  })
  return drills
}

/** Edges and pods get what the new state wants at once, and lose what no state wants any more. */
function wakeOrders(
  before: project.CachedDrill | undefined,
  after: project.CachedDrill | undefined,
  wake: DrillWake,
): void {
  const running = [before, after].find((drill) => drill !== undefined && isRunning(drill))
  if (running !== undefined) wake.orders(keyOf(running))
}

/** The lease of its namespace, or the first place in the line for it, is free. */
function wakeNextDrill(drills: Informer<project.CachedDrill>, namespace: string, wake: Pick<Wake, 'object'>): void {
  const next = oldestOf(drills.byIndex('pending', 'yes').filter(isWaiting), namespace)
  if (next !== undefined) wake.object('FailoverDrill', keyOf(next), 'soon')
}

const progressOf = (drill: project.CachedDrill | undefined) => `${drill?.status?.state} ${drill?.status?.verdict}`

const recordOf = (drill: project.CachedDrill | undefined) => drill?.status?.evidence?.digest

const integrationOf = ({ namespace, integration }: project.CachedDrill) => [`${namespace}/${integration}`]
