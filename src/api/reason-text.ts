/** What a reason of a condition says. */
export interface ReasonText {
  /** When the operator gives it. */
  when: string
  /** The message in the status, with {holes}. It names the object, the fact and the cure. */
  message: string
  /** Anchor of the section in docs/guides/runbooks.md. */
  runbook: string
}
