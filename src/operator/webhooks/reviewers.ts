import type { Callbot } from '../../api/callbot.ts'
import { wordingOf } from '../../api/conditions.ts'
import type { Integration } from '../../api/integration.ts'
import { CALLBOTS } from '../../api/kinds.ts'
import type { RetentionPolicy } from '../../api/retention-policy.ts'
import { canonicalJson } from '../../lib/canonical.ts'
import { readAddress } from '../../lib/ip-address.ts'
import { because, DEFAULT_EGRESS, judge } from '../../rules/egress.ts'
import { checkFlow, type FlowContext, type Findings } from '../../rules/flow/check.ts'
import { readSchedule } from '../../rules/drill/schedule.ts'
import { each, error, mergeFindings, warning } from '../../rules/flow/findings.ts'
import type { Flow } from '../../rules/flow/flow.ts'
import { testFindings, type PlayTests } from '../../rules/flow/test-results.ts'
import { namespaceOf, verdictOnNumber, type NumberClaim, type Reservation } from '../../rules/number-claims.ts'
import { outsideInstallation } from '../../rules/placement.ts'
import { keepsSomething } from '../../rules/retention/keeping.ts'
import { factsAbout, listed, type Reader } from './referenced-objects.ts'
import type { AdmissionRequest } from './admission-review.ts'

/** Judges one object that somebody is about to write. Changes nothing, so it answers a dry run alike. */
export type Reviewer = (request: AdmissionRequest) => Promise<Findings>

/** The claims that decide on a number, and which numbers are kept for some namespaces. */
export interface NumberFacts {
  claimsOn(number: string): readonly NumberClaim[]
  readonly reservations: readonly Reservation[]
}

const PATH = 'spec.dialog.inline'
const NOTHING: Findings = { errors: [], warnings: [] }

/** Plays a bot's own tests on a dialog, now and within the time that a review has. */
export type PlayForReview = (flow: Flow, bot: Callbot['spec'], namespace: string) => ReturnType<PlayTests>

/**
 * A Callbot: its dialog against the other objects of its namespace and against its own tests, its numbers against all other
 * bots. A dialog that breaks a rule is not played: what it does then says little.
 */
export const reviewCallbot =
  (kube: Reader, numbers: NumberFacts, play: PlayForReview, regions: readonly string[] = []): Reviewer =>
  async ({ object, oldObject, namespace = '' }) => {
    const { spec, metadata } = object as Callbot
    const { facts, missing } = await factsAbout(kube, namespace, spec, regions)
    const flow = spec.dialog.inline
    const dialog = flow === undefined ? NOTHING : checkFlow(flow, { ...facts, path: PATH })
    const isPlayable = flow !== undefined && dialog.errors.length === 0
    const before = oldObject as Callbot | null | undefined
    const tests = isPlayable ? await reviewTests(() => play(flow, spec, namespace), spec, before) : NOTHING
    const claims = reviewNumbers(
      { numbers: spec.numbers, uid: metadata.uid, namespace, before: before?.spec.numbers ?? [] },
      numbers,
    )
    const placement = reviewPlacement(spec, before?.spec, regions)
    return mergeFindings([claims, placement, dialog, tests, { errors: [], warnings: missing }])
  }

/** What the bot had before, when the installation was elsewhere, is a warning: its pods are placed inside all the same, and ask no server outside. */
function reviewPlacement(
  spec: Callbot['spec'],
  before: Callbot['spec'] | undefined,
  regions: readonly string[],
): Findings {
  const { errors } = outsideInstallation(spec, regions)
  const old = before && placedOf(before) === placedOf(spec)
  return old ? { errors: [], warnings: errors } : { errors, warnings: [] }
}

/** What its verdict rests upon. */
const placedOf = ({ placement, speech, llm }: Callbot['spec']) => canonicalJson({ placement, speech, llm })

/**
 * A test may go stale where nobody has changed it: "le 12 mars" is over one day. That is worth a warning, and must not keep
 * anybody from changing what has nothing to do with it, such as the number of pods in a rush.
 */
async function reviewTests(
  play: () => ReturnType<PlayTests>,
  spec: Callbot['spec'],
  before: Callbot | null | undefined,
): Promise<Findings> {
  const { errors, warnings } = testFindings(await play())
  const isUnchanged = before && playedOf(before.spec) === playedOf(spec) // null at a CREATE
  return isUnchanged ? { errors: [], warnings: [...errors, ...warnings] } : { errors, warnings }
}

/** What the outcome of tests rests upon. */
const playedOf = ({ language, dialog, tests, fallback }: Callbot['spec']) =>
  canonicalJson({ language, dialog, tests, fallback })

/**
 * A number that is reserved for others is refused; one that the bot had before is worth a warning, for nobody shall be kept from
 * changing something else. So is one that an older bot has: that one may be on its way out.
 */
function reviewNumbers(
  bot: { numbers: readonly string[]; uid: string | undefined; namespace: string; before: readonly string[] },
  { claimsOn, reservations }: NumberFacts,
): Findings {
  return each(bot.numbers, (number, index) => {
    const path = `spec.numbers[${index}]`
    const verdict = verdictOnNumber(number, bot, claimsOn(number), reservations)
    if (verdict.state === 'Reserved') {
      const message = `${number} is reserved, and not for namespace ${bot.namespace}: remove it, or ask the administrator of the installation for it`
      return [bot.before.includes(number) ? warning(path, message) : error(path, message)]
    }
    if (verdict.state === 'Own') return []
    // A namespace is a client: another client's names are not for this one's eyes.
    const isNear = namespaceOf(verdict.by) === bot.namespace
    const owner = isNear ? `Callbot ${verdict.by.bot}` : 'a Callbot of another namespace'
    return [
      warning(
        path,
        `${number} belongs to ${owner}, which is older, and keeps it: remove the number from one of the two`,
      ),
    ]
  })
}

/** An Integration or RetentionPolicy: what would no longer fit it in the dialogs that are there. Never refused: it may be meant. */
export const reviewDependents =
  (kube: Reader, regions: readonly string[] = []): Reviewer =>
  async ({ object, kind, namespace = '' }) => {
    const { metadata, spec } = object as Integration | RetentionPolicy
    const name = metadata.name ?? ''
    const changed = (facts: Omit<FlowContext, 'path'>): Omit<FlowContext, 'path'> =>
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
        const { facts } = await factsAbout(kube, namespace, of, regions)
        const { errors } = checkFlow(flow, { ...changed(facts), path: PATH })
        return errors.map(({ path, message }) => ({ path: `Callbot ${bot.name}: ${path}`, message }))
      }),
    )
    return { errors: [], warnings: warnings.flat() }
  }

/** The schedule of an Integration's drills. What is wrong with it can not be told by CEL. */
export const reviewSchedule: Reviewer = ({ object }) => {
  const { drill } = (object as Integration).spec
  const read = drill && readSchedule(drill.schedule, drill.timeZone)
  const isWrong = read !== undefined && 'problem' in read
  return Promise.resolve(isWrong ? error(`spec.drill.${read.field}`, read.problem) : NOTHING)
}

/** The addresses of an Integration's trunks. What its names lead to, the edges find. What is there already is no reason to refuse another change. */
export const reviewTrunkAddresses: Reviewer = ({ object, oldObject, namespace = '' }) => {
  const trunksOf = (integration: unknown) => (integration as Integration | null | undefined)?.spec.sip?.trunks ?? []
  const before = trunksOf(oldObject).map(({ address }) => address.host)
  return Promise.resolve(
    each(trunksOf(object), ({ address: { host } }, index) => {
      const octets = readAddress(host)
      if (octets === undefined || judge(octets, { namespace, isOnLoopback: false }, DEFAULT_EGRESS) !== 'Never')
        return []
      const path = `spec.sip.trunks[${index}].address.host`
      const message = because('Never', host, namespace)
      return [before.includes(host) ? warning(path, message) : error(path, message)]
    }),
  )
}

/** All of them, as one. */
export const reviewAll =
  (...reviewers: readonly Reviewer[]): Reviewer =>
  async (request) =>
    mergeFindings(await Promise.all(reviewers.map((review) => review(request))))

/** A policy that keeps something where nothing is kept is taken, and whoever applied it hears of it at once and not only from the status. */
export const reviewRetention =
  (hasStore: boolean): Reviewer =>
  ({ object }) => {
    const { spec } = object as RetentionPolicy
    return Promise.resolve(
      hasStore || (!keepsSomething(spec) && spec.delivery === undefined)
        ? NOTHING
        : { errors: [], warnings: [{ path: 'spec.rules', message: wordingOf('StoreNotInstalled') }] },
    )
  }
