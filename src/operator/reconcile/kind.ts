import type { Cached, Informer } from '../../kube/informer.ts'
import type { Resource } from '../../kube/resources.ts'
import type { ApplyDependencies } from '../apply/dependencies.ts'
import type { Caches } from '../observe/caches.ts'
import type { ObserveSources } from '../observe/sources.ts'
import type { ReportedEvent } from '../report/events.ts'
import type { KindOutcome, KindPlan } from '../steps/plan.ts'
import type { ObjectFacts } from '../world/object.ts'

/**
 * A kind of object that the operator reconciles. To add one: write a file of its name in `world`, `observe`, `steps`, `plan`, `apply` and
 * `report`, and register it in `kinds.ts`. What `plan` and `report` both depend on is decided once, in `judge`.
 * `reconcile.ts` runs its cycle: observe, plan, apply, observe again, report.
 *
 * `World` is all that a decision on one object rests upon, `Facts` what is known of the object itself, with its status.
 */
export interface Kind<
  World,
  Facts extends ObjectFacts,
  Plan extends Pick<KindPlan<unknown>, 'recheckAfterSeconds'>,
  Outcome extends KindOutcome,
> {
  readonly resource: Resource
  /** How many objects are worked on at once; undefined: as the installation is configured. */
  readonly concurrency?: number
  /** Where objects of the kind are cached: a written status is taken into it. */
  cache(caches: Caches): Informer<Cached & Facts>
  /** Reads memory only: it can't fail and it can't wait. @param now epoch milliseconds */
  observe(sources: ObserveSources, namespace: string, name: string, now: number): World
  /** The object that the world is about; undefined when it is gone. */
  object(world: World): Facts | undefined
  /** Pure. It is called for an object that is gone, too: what is left of it may have to go. */
  plan(world: World): Plan
  /**
   * Does the steps of the plan, and nothing that is not in it. What a step could not do is in the outcome's `failures`.
   * @throws when the API server fences us off: another replica leads, and nothing more is ours to do
   */
  apply(dependencies: ApplyDependencies, world: World, plan: Plan): Promise<Outcome>
  /** Pure. @param world observed again, after `apply`. @returns the status to write; undefined: it stays as it is */
  report(world: World, object: Facts, outcome: Outcome): Facts['status']
  /**
   * The version of the object on which its status rests. Present: a status is not written over another version, for it remembers what nothing
   * else does, and a cache may be behind what another leader wrote. Absent: a status says how things are now, and the newest is right.
   */
  restsOn?(object: Facts): string
  /** Pure. The event, if any, about the change from the object's status to the new one. */
  eventOf?(object: Facts, status: NonNullable<Facts['status']>): ReportedEvent | undefined
  /** Sets what is to be observed of it from now on. @param status the one to write; undefined: the object is gone */
  follow?(sources: ObserveSources, world: World, status: Facts['status']): void
}
