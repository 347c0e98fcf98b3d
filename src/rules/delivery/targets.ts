/** Where the records of a namespace are delivered: what the operator tells its program `records`. Pure. */
import { DATA_CLASSES, type RetentionPolicySpec } from '../../api/retention-policy.ts'
import * as read from '../published-config.ts'
import type { DataClass, Rules } from '../retention/life.ts'

export type Webhook = NonNullable<RetentionPolicySpec['delivery']>['webhook']

/** The delivery of one policy. */
export interface Target {
  readonly policy: string
  readonly webhook: Pick<Webhook, 'url' | 'tls'>
  readonly signingSecret: { readonly name: string; readonly key: string }
  readonly classes: readonly DataClass[]
  /** Names of the fields that may leave. */
  readonly collect: readonly string[]
  readonly giveUpAfterSeconds: number
}

/** How long what is never stored waits for its receiver, in the memory of a pod. */
export const LONGEST_IN_MEMORY_SECONDS = 900

/** What of a RetentionPolicy decides what is delivered. */
export type Deliverable = Partial<Rules> & {
  readonly collect?: readonly { readonly field: string }[]
  readonly delivery?: RetentionPolicySpec['delivery']
}

/** Undefined: nothing is delivered. @param name of the policy */
export function targetOf({ delivery, collect = [] }: Deliverable, name: string): Target | undefined {
  if (delivery === undefined) return undefined
  const { webhook, signingSecretRef, giveUpAfterSeconds, classes } = delivery
  return {
    policy: name,
    webhook: { url: webhook.url, ...(webhook.tls && { tls: webhook.tls }) },
    signingSecret: { name: signingSecretRef.name, key: signingSecretRef.key },
    classes: [...classes].sort(),
    collect: collect.map(({ field }) => field).sort(),
    giveUpAfterSeconds,
  }
}

export const writeTargets = (targets: readonly Target[]): string =>
  JSON.stringify(targets.toSorted((one, other) => (one.policy < other.policy ? -1 : 1)))

const isUrl = (value: unknown): value is string =>
  typeof value === 'string' && value.length <= 500 && value.startsWith('https://') && URL.canParse(value)
const isField = (value: unknown): value is string => typeof value === 'string' && /^[a-z][a-zA-Z0-9]{0,39}$/.test(value)
const MOST_TARGETS = 1_000

/** Undefined: it is no list of targets. */
export function readTargets(text: string): Target[] | undefined {
  const told = read.readPublished(`{"targets":${text}}`, ({ targets }) => read.listOf(targets, readTarget))
  return told === undefined || told.length > MOST_TARGETS ? undefined : told
}

function readTarget(value: unknown): Target {
  const told = read.membersOf(value)
  const { url, tls } = read.membersOf(told['webhook'])
  return {
    policy: read.must(read.isObjectName, told['policy']),
    webhook: { url: read.must(isUrl, url), ...read.may('tls', tls, readTls) },
    signingSecret: readKeyRef(told['signingSecret']),
    classes: read.listOf(told['classes'], (one) => read.must(read.isOneOf(...DATA_CLASSES), one)),
    collect: read.listOf(told['collect'], (one) => read.must(isField, one)),
    giveUpAfterSeconds: read.must(read.isWhole(0, 2_592_000), told['giveUpAfterSeconds']),
  }
}

function readTls(value: unknown): NonNullable<Webhook['tls']> {
  const { identitySecretRef, caSecretRef, serverName } = read.membersOf(value)
  return {
    ...read.may('identitySecretRef', identitySecretRef, (ref) => ({
      name: read.must(read.isObjectName, read.membersOf(ref)['name']),
    })),
    ...read.may('caSecretRef', caSecretRef, readKeyRef),
    ...read.may('serverName', serverName, (name) => read.must(read.isHost, name)),
  }
}

function readKeyRef(value: unknown) {
  const { name, key } = read.membersOf(value)
  return { name: read.must(read.isObjectName, name), key: read.must(read.isDataKey, key) }
}
