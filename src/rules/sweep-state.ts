/**
 * What sweep reports to the operator at GET /state: per policy counts and times, nothing of a call. Pure. All times are milliseconds since 1970.
 */
import { GONE_WITHIN_MS } from './retention/key-files.ts'
import * as read from './published-config.ts'

/** Where sweep answers, over TLS. */
export const SWEEP_PORT = 8446

export interface SweepState {
  /** End of the last run that succeeded. Absent: none has yet. */
  readonly sweptAt?: number
  /** Why the last run did not succeed. Absent: it did. */
  readonly problem?: SweepProblem
  /** Destroyed keys that may still be in files of the database. Absent: none is. */
  readonly keysInFiles?: KeyFilesState
  readonly policies: readonly SweptPolicy[]
}

/** Why destroyed keys may still be in files of the database: src/store/postgres/key-files.ts. Refused: the database refuses it, or is away. */
export const KEY_RESTS = ['Transactions', 'WalRecycled', 'WalKept', 'NotAllowed', 'Refused'] as const

export interface KeyFilesState {
  /** Since the oldest of them was destroyed. */
  readonly seconds: number
  /** Absent: it was not tried yet. */
  readonly because?: (typeof KEY_RESTS)[number]
}

/** PoliciesInvalid: the list of namespaces with policies. StoreUnavailable: the database does not answer. StoreRefuses: it does, and refuses. Bug: all else. */
export const SWEEP_PROBLEMS = ['PoliciesInvalid', 'StoreUnavailable', 'StoreRefuses', 'Bug'] as const
export type SweepProblem = (typeof SWEEP_PROBLEMS)[number]

export interface SweptPolicy {
  /** The namespace. */
  readonly tenant: string
  readonly name: string
  /** metadata.generation of the policy that sweep goes by; 0: it knows no such policy, and has data of it. */
  readonly generation: number
  /** Records, at the newest count. Absent: not counted yet. */
  readonly stored?: number
  /** End of the oldest call of which records are kept, to a thousandth of their life. Absent: none are. */
  readonly oldest?: number
  /** When the next key is due. */
  readonly next?: number
  /** Records whose time has come, and whose keys are kept by a legal hold. */
  readonly held: number
  /** The same, because of mode Audit. */
  readonly audited: number
  /** The same, because the fuse stopped the run. */
  readonly fused: number
  readonly purge?: Purge
}

/** The newest erasure. */
export interface Purge {
  readonly at: number
  readonly erased: number
}

/** A run that succeeded longer ago than this is overdue, in milliseconds. */
const OVERDUE_MS = 120_000

/** @param sweptAgo milliseconds since the last run that succeeded; undefined: none did */
export const isSweepOverdue = (sweptAgo: number | undefined) => sweptAgo === undefined || sweptAgo > OVERDUE_MS

/** Whether destroyed keys are in files of the database for longer than promised. */
export const areKeysOverdue = (keys: KeyFilesState | undefined): keys is KeyFilesState =>
  keys !== undefined && keys.seconds * 1_000 > GONE_WITHIN_MS

const MOST_POLICIES = 10_000
const isCount = read.isWhole(0, Number.MAX_SAFE_INTEGER)
const countIn = (value: unknown) => read.must(isCount, value)

/** @returns undefined when the text is not the state of sweep */
export const parseSweepState = (text: string): SweepState | undefined =>
  read.readPublished(text, (told) => ({
    ...read.may('sweptAt', told['sweptAt'], countIn),
    ...read.may('problem', told['problem'], (value) => read.must(read.isOneOf(...SWEEP_PROBLEMS), value)),
    ...read.may('keysInFiles', told['keysInFiles'], readKeyFiles),
    policies: read.listOf(told['policies'], readPolicy).slice(0, MOST_POLICIES),
  }))

function readKeyFiles(value: unknown): KeyFilesState {
  const told = read.membersOf(value)
  return {
    seconds: countIn(told['seconds']),
    ...read.may('because', told['because'], (because) => read.must(read.isOneOf(...KEY_RESTS), because)),
  }
}

function readPolicy(value: unknown): SweptPolicy {
  const told = read.membersOf(value)
  return {
    tenant: read.must(read.isName, told['tenant']),
    name: read.must(read.isName, told['name']),
    generation: countIn(told['generation']),
    ...read.may('stored', told['stored'], countIn),
    ...read.may('oldest', told['oldest'], countIn),
    ...read.may('next', told['next'], countIn),
    held: countIn(told['held']),
    audited: countIn(told['audited']),
    fused: countIn(told['fused']),
    ...read.may('purge', told['purge'], (purge) => {
      const { at, erased } = read.membersOf(purge)
      return { at: countIn(at), erased: countIn(erased) }
    }),
  }
}
