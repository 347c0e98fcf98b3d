import type { KindName } from '../../api/kinds.ts'
import type { ReconcileResult } from '../../kube/controller.ts'
import type { ApplyDependencies } from '../apply/dependencies.ts'
import { writeStatus } from '../apply/status.ts'
import type { ObserveSources } from '../observe/sources.ts'
import type { Owner } from '../render/manifest.ts'
import type { ReportedEvent } from '../report/events.ts'
import { statusDiffers } from '../report/status.ts'
import type { KindOutcome, KindPlan } from '../steps/plan.ts'
import type { ObjectFacts } from '../world/object.ts'
import type { Kind } from './kind.ts'

export interface Operator {
  sources: ObserveSources
  dependencies: ApplyDependencies
  /** Tells people, by an event about the object. */
  publishEvent: (kind: KindName, about: Owner, event: ReportedEvent) => void
  /** Epoch milliseconds. */
  wallClock: () => number
}

/** A kind whose types are its own business. */
export interface ReconciledKind extends Pick<Kind<never, never, never, never>, 'resource' | 'concurrency'> {
  /** One cycle for one object. @param key `namespace/name`. @throws the first failure that a retry may fix */
  reconcile(operator: Operator, key: string): Promise<ReconcileResult>
}

type AnyPlan = Pick<KindPlan<unknown>, 'recheckAfterSeconds'>

/** @param kind what is the kind's own; the cycle is the same for all */
export function reconciled<World, Facts extends ObjectFacts, Plan extends AnyPlan, Outcome extends KindOutcome>(
  kind: Kind<World, Facts, Plan, Outcome>,
): ReconciledKind {
  const { resource, concurrency } = kind
  return {
    resource,
    ...(concurrency !== undefined && { concurrency }),
    async reconcile(operator, key) {
      const { sources, dependencies } = operator
      const [namespace = '', name = ''] = key.split('/')
      const now = operator.wallClock()
      const world = kind.observe(sources, namespace, name, now)
      const plan = kind.plan(world)
      const outcome = await kind.apply(dependencies, world, plan)
      // Observed again: the caches hold by now what `apply` brought about.
      const after = kind.observe(sources, namespace, name, now)
      const isSettled = await report(kind, operator, kind.object(world), after, outcome)
      throwFirstFault(outcome)
      const { recheckAfterSeconds } = plan
      // What the watch brings by then may be a status of our own kind, and that wakes nobody.
      if (outcome.superseded || !isSettled) return { recheckAfterSeconds: Math.min(1, recheckAfterSeconds ?? 1) }
      return recheckAfterSeconds === undefined ? {} : { recheckAfterSeconds }
    },
  }
}

/** Resolves with false when the status was not taken: it rests on another version than there is, or the object is gone. */
async function report<World, Facts extends ObjectFacts, Plan extends AnyPlan, Outcome extends KindOutcome>(
  kind: Kind<World, Facts, Plan, Outcome>,
  { sources, dependencies, publishEvent }: Operator,
  before: Facts | undefined,
  world: World,
  outcome: Outcome,
): Promise<boolean> {
  const object = kind.object(world)
  if (object === undefined) kind.follow?.(sources, world, undefined)
  if (object === undefined || object.uid !== before?.uid || outcome.namespaceEnds) return true
  const status = kind.report(world, object, outcome)
  if (status === undefined) return true
  kind.follow?.(sources, world, status)
  if (!statusDiffers(object.status, status)) return true
  const cache = kind.cache(sources.caches)
  const about = { ...object, resourceVersion: kind.restsOn?.(object) }
  if (!(await writeStatus({ kube: dependencies.kube, resource: kind.resource, about, status, cache }))) return false
  const event = kind.eventOf?.(object, status)
  if (event !== undefined) publishEvent(kind.resource.kind as KindName, object, event)
  return true
}

/** A fault is retried in one place, the queue. What will never pass waits for a person. */
function throwFirstFault({ failures }: KindOutcome): void {
  const fault = failures.find((failure) => !failure.final)
  if (fault !== undefined) throw new Error(`${fault.what}: ${fault.message}`, { cause: fault.cause })
}
