/**
 * The laws of a status, for any object of any of our kinds: `expect(brokenLaws(object)).to.deep.equal([])`.
 * They spell out the Kubernetes API conventions and kstatus, so that kubectl wait, Flux, Argo CD and people agree on what
 * they read.
 */
interface Condition {
  type?: unknown
  status?: unknown
  reason?: unknown
  message?: unknown
  observedGeneration?: unknown
  lastTransitionTime?: unknown
}

interface Subject {
  metadata: { generation?: number; deletionTimestamp?: string }
  status?: { observedGeneration?: number; conditions?: Condition[] }
}

type Law = (subject: {
  generation: number
  observed: number | undefined
  conditions: Condition[]
  of: (type: string) => Condition | undefined
}) => boolean

const CAMEL_CASE = /^[A-Z][A-Za-z0-9]*$/
const WHOLE_SECONDS = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/

export const STATUS_LAWS: Record<string, Law> = {
  '1. There is a summary: Ready, or Succeeded for a run, and not both.': ({ of }) => !of('Ready') !== !of('Succeeded'),
  '2. The status names the generation that it is about.': ({ observed }) => Number.isInteger(observed),
  '3. That generation is not newer than the object.': ({ observed, generation }) => (observed ?? 0) <= generation,
  '4. No condition is about a newer generation than the status.': ({ conditions, observed }) =>
    conditions.every((each) => Number(each.observedGeneration) <= (observed ?? 0)),
  '5. The summary is about the generation of the status.': ({ of, observed }) =>
    (of('Ready') ?? of('Succeeded'))?.observedGeneration === observed,
  '6. Each type is there once.': ({ conditions }) =>
    new Set(conditions.map(({ type }) => type)).size === conditions.length,
  '7. A status is True, False or Unknown.': ({ conditions }) =>
    conditions.every(({ status }) => ['True', 'False', 'Unknown'].includes(status as string)),
  '8. A type and a reason are one CamelCase word.': ({ conditions }) =>
    conditions.every(({ type, reason }) => CAMEL_CASE.test(String(type)) && CAMEL_CASE.test(String(reason))),
  '9. A message is a sentence: it is not empty and ends with a full stop.': ({ conditions }) =>
    conditions.every(({ message }) => /\S.*[.!?)]$/s.test(String(message ?? ''))),
  '10. A transition has its time, in whole seconds of UTC.': ({ conditions }) =>
    conditions.every(({ lastTransitionTime }) => WHOLE_SECONDS.test(String(lastTransitionTime))),
  '11. Reconciling and Stalled are there only when True.': ({ of }) =>
    ['Reconciling', 'Stalled'].every((type) => !of(type) || of(type)!.status === 'True'),
  '12. They exclude each other.': ({ of }) => !(of('Reconciling') && of('Stalled')),
  '13. While Reconciling or Stalled, the summary is not True.': ({ of }) =>
    !(of('Reconciling') ?? of('Stalled')) || (of('Ready') ?? of('Succeeded'))?.status !== 'True',
  '14. Stalled makes the summary False, with the same reason.': ({ of }) =>
    !of('Stalled') ||
    ((of('Ready') ?? of('Succeeded'))?.status === 'False' &&
      (of('Ready') ?? of('Succeeded'))?.reason === of('Stalled')!.reason),
  '15. The summary comes first.': ({ conditions }) => ['Ready', 'Succeeded'].includes(String(conditions[0]?.type)),
}

/** The laws that an object's status breaks, by their text; none for an object that nobody has looked at yet. */
export function brokenLaws(object: unknown): string[] {
  const { metadata, status } = object as Subject
  if (!status) return []
  const conditions = status.conditions ?? []
  const subject = {
    generation: metadata.generation ?? 0,
    observed: status.observedGeneration,
    conditions,
    of: (type: string) => conditions.find((each) => each.type === type),
  }
  return Object.entries(STATUS_LAWS).flatMap(([text, holds]) => (holds(subject) ? [] : [text]))
}
