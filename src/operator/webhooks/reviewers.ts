import type { Callbot } from '../../api/callbot.ts'
import { wordingOf } from '../../api/conditions.ts'
import type { Integration } from '../../api/integration.ts'
import { CALLBOTS } from '../../api/kinds.ts'
import type { Problem } from '../../api/parse.ts'
import type { RetentionPolicy } from '../../api/retention-policy.ts'
import { canonicalJson } from '../../lib/canonical.ts'
import { checkDialog, type DialogFacts, type Findings } from '../../rules/dialog/check.ts'
import type { Flow } from '../../rules/dialog/flow.ts'
import { testFindings, type PlayTests } from '../../rules/dialog/tests.ts'
import { holderOf, type NumberClaim } from '../../rules/numbers.ts'
import { NOT_ACTED_ON, type NotServedKind } from '../notServedWorld.ts'
import { factsAbout, listed, type Reader } from './facts.ts'
import type { AdmissionRequest } from './review.ts'

/** Judges one object that somebody is about to write. Changes nothing, so it answers a dry run alike. */
export type Reviewer = (request: AdmissionRequest) => Promise<Findings>

/** All bots' claims on a number. */
export type ClaimsOn = (number: string) => readonly NumberClaim[]

const PATH = 'spec.dialog.inline'
const NOTHING: Findings = { errors: [], warnings: [] }

/** Plays a bot's own tests on a dialog, now and within the time that a review has. */
export type PlayForReview = (flow: Flow, bot: Callbot['spec']) => ReturnType<PlayTests>

/**
 * A Callbot: its dialog against the other objects of its namespace and against its own tests, its numbers against all other
 * bots. A dialog that breaks a rule is not played: what it does then says little.
 */
export const reviewCallbot =
  (kube: Reader, claimsOn: ClaimsOn, play: PlayForReview): Reviewer =>
  async ({ object, oldObject, namespace = '' }) => {
    const { spec, metadata } = object as Callbot
    const { facts, missing } = await factsAbout(kube, namespace, spec)
    const flow = spec.dialog.inline
    const dialog = flow === undefined ? NOTHING : checkDialog(flow, { ...facts, path: PATH })
    const isPlayable = flow !== undefined && dialog.errors.length === 0
    const tests = isPlayable ? await reviewTests(play, flow, spec, oldObject as Callbot | null | undefined) : NOTHING
    const taken = takenNumbers(spec.numbers, metadata.uid, claimsOn)
    return {
      errors: [...dialog.errors, ...tests.errors],
      warnings: [...taken, ...dialog.warnings, ...tests.warnings, ...missing],
    }
  }

/**
 * A test may go stale where nobody has changed it: "le 12 mars" is over one day. That is worth a warning, and must not keep
 * anybody from changing what has nothing to do with it, such as the number of pods in a rush.
 */
async function reviewTests(
  play: PlayForReview,
  flow: Flow,
  spec: Callbot['spec'],
  before: Callbot | null | undefined,
): Promise<Findings> {
  const { errors, warnings } = testFindings(await play(flow, spec))
  const isUnchanged = before && playedOf(before.spec) === playedOf(spec) // null at a CREATE
  return isUnchanged ? { errors: [], warnings: [...errors, ...warnings] } : { errors, warnings }
}

/** What the outcome of tests rests upon. */
const playedOf = ({ language, dialog, tests, fallback }: Callbot['spec']) =>
  canonicalJson({ language, dialog, tests, fallback })

/** A number that an older bot has stays there: worth a warning, since that one may be on its way out. */
function takenNumbers(numbers: readonly string[], uid: string | undefined, claimsOn: ClaimsOn): Problem[] {
  return numbers.flatMap((number, index) => {
    const holder = holderOf(claimsOn(number))
    if (holder === undefined || holder.uid === uid) return []
    const message = `${number} belongs to Callbot ${holder.bot}, which is older, and stays there: remove it here or there`
    return [{ path: `spec.numbers[${index}]`, message }]
  })
}

/** An Integration or RetentionPolicy: what would no longer fit it in the dialogs that are there. Never refused: it may be meant. */
export const reviewDependents =
  (kube: Reader): Reviewer =>
  async ({ object, kind, namespace = '' }) => {
    const { metadata, spec } = object as Integration | RetentionPolicy
    const name = metadata.name ?? ''
    const changed = (facts: Omit<DialogFacts, 'path'>): Omit<DialogFacts, 'path'> =>
      kind.kind === 'Integration'
        ? { ...facts, integrations: new Map([...facts.integrations, [name, spec as Integration['spec']]]) }
        : { ...facts, policy: spec as RetentionPolicy['spec'] }
    const names = (bot: Callbot['spec']) =>
      kind.kind === 'Integration'
        ? bot.integrationRefs.some((ref) => ref.name === name)
        : bot.retentionPolicyRef?.name === name
    const bots = (await listed(kube, CALLBOTS, namespace)) as unknown as Callbot[]
    const warnings = await Promise.all(
      bots.map(async ({ metadata: bot, spec: of }) => {
        const flow = of.dialog.inline
        if (flow === undefined || !names(of)) return []
        const { facts } = await factsAbout(kube, namespace, of)
        const { errors } = checkDialog(flow, { ...changed(facts), path: PATH })
        return errors.map(({ path, message }) => ({ path: `Callbot ${bot.name}: ${path}`, message }))
      }),
    )
    return { errors: [], warnings: warnings.flat() }
  }

/** A kind on which nothing acts is taken, and whoever applied it hears of it at once and not only from the status. */
export const reviewNotServed: Reviewer = ({ kind }) => {
  const message = wordingOf('NotServed', { what: NOT_ACTED_ON[kind.kind as NotServedKind] })
  return Promise.resolve({ errors: [], warnings: [{ path: kind.kind, message }] })
}
