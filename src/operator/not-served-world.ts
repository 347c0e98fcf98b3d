/** The kinds that are accepted and on which nothing acts yet: their status says so. */
export type NotServedKind = 'RetentionPolicy' | 'FailoverDrill'

/** What is known of an object of such a kind. */
export interface NotServedFacts<S> {
  generation: number
  status: S | undefined
}

/** What the status and the warning at `kubectl apply` say is not acted on, and what to do. */
export const NOT_ACTED_ON = {
  RetentionPolicy:
    'a RetentionPolicy but for collect, which limits what leaves a bot. Nothing of a call is stored, so there is nothing to keep, to hand over or to erase',
  FailoverDrill:
    'a FailoverDrill: nothing is made to fail, and no backup is tested. Delete it, and test the backup manually as the runbook describes',
} as const satisfies Record<NotServedKind, string>
