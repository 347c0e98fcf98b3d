import type { IntegrationSpec, IntegrationStatus } from '../../src/api/integration.ts'
import { parseObject } from '../../src/api/parse.ts'
import { manifestHash } from '../../src/kube/field-ownership.ts'
import type {
  IntegrationFacts,
  IntegrationOutcome,
  IntegrationStep,
  IntegrationWorld,
} from '../../src/operator/integration-world.ts'
import { planIntegration } from '../../src/operator/plan/integration.ts'
import { integrationConfigurationFacts } from '../../src/operator/render/bot-configuration-integrations.ts'
import { declaredTrunks, renderTrunks, SINCE } from '../../src/operator/render/edge-trunks.ts'
import { reportIntegration } from '../../src/operator/report/integration.ts'
import type { PartState } from '../../src/rules/edge-state.ts'
import { summariseRoute, usesFirst, type ObservedRoute } from '../../src/rules/route-status.ts'
import { NOON } from './builders.ts'

const TRUNKS = [
  { name: 'paris', role: 'Primary', address: { host: 'paris.pbx.example' } },
  { name: 'lyon', role: 'Backup', address: { host: 'lyon.pbx.example' } },
]
const ENDPOINTS = [
  { name: 'nord', role: 'Primary', url: 'https://nord.example/v1' },
  { name: 'sud', role: 'Backup', url: 'https://sud.example:8443/v1' },
]

/** A spec as the API server keeps it: checked, its defaults filled in. */
export function anIntegrationSpec(spec: object = { sip: { trunks: TRUNKS } }): IntegrationSpec {
  const metadata = { name: 'cabinet', namespace: 'lilas' }
  const parsed = parseObject({ apiVersion: 'callbots.dev/v1alpha1', kind: 'Integration', metadata, spec })
  if (!('value' in parsed)) throw new Error(`the Integration would be refused: ${JSON.stringify(parsed.problems)}`)
  return (parsed.value as { spec: IntegrationSpec }).spec
}

export const bothSides = anIntegrationSpec({ sip: { trunks: TRUNKS }, http: { endpoints: ENDPOINTS } })

export function anIntegration(spec = anIntegrationSpec(), changes: Partial<IntegrationFacts> = {}): IntegrationFacts {
  return {
    ...{ namespace: 'lilas', name: 'cabinet', uid: 'uid-cabinet', generation: 1, criticality: spec.criticality },
    trunks: spec.sip && declaredTrunks(spec.sip),
    endpoints: (spec.http?.endpoints ?? []).map(({ name, role }) => ({ name, role })),
    failbackTo: undefined,
    configuration: integrationConfigurationFacts(spec),
    status: undefined,
    ...changes,
  }
}

/** Nothing of it is published, and nobody has been asked. */
export const anIntegrationWorld = (changes: Partial<IntegrationWorld> = {}): IntegrationWorld => ({
  now: NOON,
  settings: { operatorNamespace: 'callbot-system' },
  ...{ namespace: 'lilas', name: 'cabinet', integration: anIntegration(), published: undefined },
  ...{ sip: undefined, http: undefined, usedBy: 1 },
  ...changes,
})

/** What observers would say, all of them alike, of `parts` in the order of trial. */
export function seen(
  parts: readonly { name: string; role: 'Primary' | 'Backup' }[],
  ...states: PartState[]
): ObservedRoute {
  const observations = parts.map(({ name }, index) => ({ part: name, state: states[index] ?? 'Unknown', since: NOON }))
  return summariseRoute(parts, [usesFirst(parts, observations)])
}

export const trunksSeen = (...states: PartState[]): ObservedRoute => seen(anIntegration().trunks!.trunks, ...states)

/** One cycle as the operator goes through it, with an API server that takes every step unless it `refuses`. */
export function integrationCycle(before: IntegrationWorld, refuses?: IntegrationOutcome['failure']) {
  const step = planIntegration(before)
  const world = step === undefined || refuses ? before : { ...before, published: take(before, step) }
  const { published, integration } = world
  const isOwn = published !== undefined && published.integrationUid === integration?.uid
  const outcome = { trunksEpoch: isOwn ? published.epoch : undefined, failure: step && refuses }
  if (integration === undefined) return { step, outcome, status: undefined, world }
  const status: IntegrationStatus = reportIntegration(world, integration, outcome)
  return { step, outcome, status, world: { ...world, integration: { ...integration, status } } }
}

function take({ integration, settings, published }: IntegrationWorld, step: IntegrationStep) {
  if (step.do === 'withdrawTrunks') return undefined
  const manifest = renderTrunks(integration!, integration!.trunks!, settings.operatorNamespace, {
    epoch: step.epoch,
    since: published?.since ?? {},
  })
  const { [SINCE]: told } = manifest.metadata.annotations!
  const since = JSON.parse(told!) as Record<string, number>
  const uid = published?.uid ?? 'uid-of-the-trunks'
  const owner = { ownerUid: undefined, integrationUid: integration!.uid }
  return { uid, ...owner, applied: manifestHash(manifest), epoch: step.epoch, since }
}
