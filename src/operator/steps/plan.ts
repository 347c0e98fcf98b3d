/** What `plan` returns for an object of any kind. Steps are done in this order; each says why. */
export interface KindPlan<Step> {
  steps: Step[]
  /** Why nothing, or not everything, is done now. */
  waitingFor: string[]
  /** Seconds until the world should be looked at again without an event; undefined for never. */
  recheckAfterSeconds: number | undefined
}

/** What `apply` returns for an object of any kind. */
export interface KindOutcome {
  failures: Failure[]
  /** The object is another by now: the next cycle has more to do. */
  superseded?: boolean
  /** The namespace is being deleted, and the object with it. */
  namespaceEnds?: boolean
}

/** A step that the API server did not take. `final`: the same request will never pass, so there is no retry. */
export interface Failure {
  step: string
  /** The kind of object, for people. */
  what: string
  final: boolean
  message: string
  cause: unknown
}

/** The plan when there is nothing to do. */
export const NOTHING_TO_DO: KindPlan<never> = { steps: [], waitingFor: [], recheckAfterSeconds: undefined }
