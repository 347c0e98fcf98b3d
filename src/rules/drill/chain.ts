/**
 * The chain of an Integration's drill records: each names the digest of the one before, so that none can be changed, removed, moved or cut off
 * without a trace. Whoever holds the key could write another chain: only a head that was kept elsewhere shows that.
 */
import type { KeyObject } from 'node:crypto'
import { digestOf, openStatement, type Statement, type Unopened } from './envelope.ts'
import { RECORD_TYPE, type RecordFacts } from './record.ts'

/** What the Integration's status has of its records. */
export interface Head {
  readonly records: number
  readonly headDigest: string
}

export interface Finding {
  /** Position of the record in what was given, from 1 on; of what follows the last one, one more. */
  readonly position: number
  readonly fault: Unopened | 'OtherIntegration' | 'Missing' | 'Reordered' | 'CutOff'
  readonly because: string
}

const MESSAGES: Record<Unopened, string> = {
  Malformed: 'it is no DSSE envelope with an in-toto statement about a drill',
  OtherKey: 'it was signed by a key that is not among the trusted ones',
  Changed: 'its signature does not fit its text',
}

/** A record, opened; its sequence and its digests link it to the others. */
interface Link {
  readonly facts: RecordFacts
  readonly digest: string
}

/**
 * @param envelopes texts of all records that were kept, oldest first
 * @param keys public keys that are trusted
 * @param head as the Integration's status has it, or an earlier copy of it; undefined: records that were cut off at the end are not found
 * @returns what is wrong, by position; none: the records are whole
 */
export function verifyChain(
  envelopes: readonly string[],
  keys: readonly KeyObject[],
  head: Head | undefined,
): Finding[] {
  const findings: Finding[] = []
  const links: (Link & { position: number })[] = []
  let before: Link | undefined
  for (const [index, envelope] of envelopes.entries()) {
    const position = index + 1
    const link = linkOf(envelope, keys)
    if (typeof link === 'string') {
      findings.push({ position, fault: link, because: MESSAGES[link] })
      // Of one that can't be read only its digest is known: the next one shows whether it is the one that stood there.
      before = before && { facts: { ...before.facts, sequence: before.facts.sequence + 1 }, digest: digestOf(envelope) }
      continue
    }
    const fault = before && breachOf(before, link)
    if (fault) findings.push({ position, ...fault })
    before = link
    links.push({ ...link, position })
  }
  const ofHead = head === undefined ? [] : breachOfHead(links, envelopes.length, head)
  return [...breachOfStart(links), ...findings, ...ofHead]
}

/** Whether the records begin where the newest says: those before were removed on purpose. */
function breachOfStart(links: readonly (Link & { position: number })[]): Finding[] {
  const [first, newest] = [links[0], links.at(-1)]
  if (first === undefined || newest === undefined) return []
  const begins = first.facts.sequence - (first.position - 1)
  const { keptFrom } = newest.facts
  if (begins <= keptFrom) return []
  return [{ position: 1, fault: 'Missing', because: `${missing(keptFrom, begins - 1)} before it` }]
}

function linkOf(envelope: string, keys: readonly KeyObject[]): Link | Unopened {
  const opened = openStatement(envelope, keys)
  if (typeof opened === 'string') return opened
  const facts = factsOf(opened)
  return facts === undefined ? 'Malformed' : { facts, digest: digestOf(envelope) }
}

function factsOf({ predicateType, predicate }: Statement): RecordFacts | undefined {
  const facts = predicate as Partial<RecordFacts> | null | undefined
  const isRecord =
    predicateType === RECORD_TYPE &&
    Number.isSafeInteger(facts?.sequence) &&
    Number.isSafeInteger(facts?.keptFrom) &&
    typeof facts?.integration?.uid === 'string'
  return isRecord ? (facts as RecordFacts) : undefined
}

function breachOf(before: Link, { facts }: Link): Pick<Finding, 'fault' | 'because'> | undefined {
  const { sequence, integration } = before.facts
  if (facts.integration.uid !== integration.uid)
    return {
      fault: 'OtherIntegration',
      because: `it belongs to Integration ${facts.integration.name}, not to ${integration.name}`,
    }
  if (facts.sequence <= sequence)
    return { fault: 'Reordered', because: `record ${facts.sequence} stands after record ${sequence}` }
  if (facts.sequence > sequence + 1)
    return { fault: 'Missing', because: `${missing(sequence + 1, facts.sequence - 1)} before it` }
  if (facts.previousDigest !== before.digest)
    return { fault: 'Changed', because: `record ${sequence} is not the one that it was written after` }
  return undefined
}

/** Whether the records end where the head says, or go on from there. */
function breachOfHead(links: readonly (Link & { position: number })[], count: number, head: Head): Finding[] {
  if (head.records === 0) return []
  const last = links.at(-1)?.facts.sequence ?? 0
  if (last < head.records) {
    const from = last === 0 ? 1 : last + 1
    return [{ position: count + 1, fault: 'CutOff', because: missing(from, head.records) }]
  }
  const named = links.find(({ facts }) => facts.sequence === head.records)
  if (named === undefined || named.digest === head.headDigest) return []
  return [
    {
      position: named.position,
      fault: 'Changed',
      because: 'it is not the record that the Integration named as its newest',
    },
  ]
}

const missing = (from: number, to: number) =>
  from === to ? `record ${from} is missing` : `records ${from} to ${to} are missing`
