import type { IntegrationSpec, IntegrationStatus } from '../../src/api/integration.ts'
import { parseObject } from '../../src/api/parse.ts'
import { manifestHash } from '../../src/kube/field-ownership.ts'
import { heldByTrunks } from '../../src/operator/judge/trunks.ts'
import { planIntegration } from '../../src/operator/plan/integration.ts'
import { integrationConfigurationFacts } from '../../src/operator/render/bot-configuration-integrations.ts'
import { declaredTrunks, renderTrunks, SINCE } from '../../src/operator/render/edge-trunks.ts'
import { reportIntegration } from '../../src/operator/report/integration.ts'
import type { IntegrationOutcome, IntegrationStep } from '../../src/operator/steps/integration.ts'
import type { Failure } from '../../src/operator/steps/plan.ts'
import type { DrillSurroundings, FailoverDrillFacts } from '../../src/operator/world/drills.ts'
import type { FailoverDrillWorld } from '../../src/operator/world/failover-drill.ts'
import type { IntegrationFacts, IntegrationWorld } from '../../src/operator/world/integration.ts'
import type { PartState } from '../../src/rules/part-state.ts'
import { testOperationOf } from '../../src/rules/http/test-operation.ts'
import { trunkAmounts } from '../../src/rules/shares.ts'
import { summariseRoute, usesFirst, type ObservedRoute } from '../../src/rules/route-status.ts'
import { NOON } from './builders.ts'

/** Of a client with two telephone systems. */
export const TRUNKS = [
  { name: 'paris', role: 'Primary', address: { host: 'paris.pbx.example' } },
  { name: 'lyon', role: 'Backup', address: { host: 'lyon.pbx.example' } },
]
export const ENDPOINTS = [
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
    ...{
      namespace: 'lilas',
      name: 'cabinet',
      uid: 'uid-cabinet',
      generation: 1,
      createdAt: NOON,
      criticality: spec.criticality,
      resourceVersion: '1',
    },
    trunks: spec.sip && declaredTrunks(spec.sip),
    endpoints: (spec.http?.endpoints ?? []).map(({ name, role }) => ({ name, role })),
    failbackTo: undefined,
    testCall: spec.sip?.testCall,
    testOperation: testOperationOf(spec.http),
    drill: spec.drill,
    configuration: integrationConfigurationFacts(spec),
    status: undefined,
    ...changes,
  }
}

/** Drills are allowed, nobody has been asked for the routes, and there is no drill. */
export const someSurroundings = (changes: Partial<DrillSurroundings> = {}): DrillSurroundings => ({
  ...{ killSwitch: 'Off', clockSkewMilliseconds: 100, drills: [], otherDrills: [] },
  ...{ sip: { witnesses: undefined, zones: [] }, http: { witnesses: undefined, zones: [] }, podZones: [] },
  ...changes,
})

/** An Integration that nobody has looked at says that the drill runs. */
function naming(integration: IntegrationFacts | undefined, drill: FailoverDrillFacts | undefined) {
  if (integration === undefined || drill === undefined || integration.status !== undefined) return integration
  const { name, uid } = drill
  const runningDrill = { name, uid, state: 'Baseline' as const, startedAt: new Date(NOON).toISOString() }
  return { ...integration, status: { runningDrill } as IntegrationStatus }
}

/** It leads, and knows nothing of the drill but that its Integration names it. */
export function aDrillWorld(changes: Partial<FailoverDrillWorld> = {}): FailoverDrillWorld {
  const world = { ...aPlainWorld(), ...changes }
  return { ...world, integration: naming(world.integration, world.drill) }
}

const aPlainWorld = (): FailoverDrillWorld => ({
  ...{ now: NOON, monotonic: 1_000_000, term: 1, drill: aDrill(), integration: anIntegration() },
  ...{
    surroundings: someSurroundings(),
    ledSince: 0,
    line: { holders: [], waiting: [], turns: new Map() },
    remembered: undefined,
    isRollingOut: false,
    canSign: true,
    routesDigest: 'routes',
  },
})

/** Nothing of it is published, and nobody has been asked. */
export const anIntegrationWorld = (changes: Partial<IntegrationWorld> = {}): IntegrationWorld => ({
  now: NOON,
  settings: { operatorNamespace: 'callbot-system' },
  ...{ namespace: 'lilas', name: 'cabinet', integration: anIntegration(), published: undefined, beyond: undefined },
  ...{ called: undefined, sip: undefined, http: undefined, usedBy: 1 },
  surroundings: someSurroundings(),
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
export function integrationCycle(before: IntegrationWorld, refuses?: Omit<Failure, 'step'>) {
  const step = planIntegration(before).steps.find((each) => 'epoch' in each || each.do === 'withdrawTrunks') as
    TrunksStep | undefined
  const world = step === undefined || refuses ? before : { ...before, published: take(before, step) }
  const { published, integration } = world
  const isOwn = published !== undefined && published.integrationUid === integration?.uid
  const failures = step && refuses ? [{ step: step.do, ...refuses }] : []
  const outcome: IntegrationOutcome = { trunksEpoch: isOwn ? published.epoch : undefined, failures }
  if (integration === undefined) return { step, outcome, status: undefined, world }
  const status: IntegrationStatus = reportIntegration(world, integration, outcome)
  return { step, outcome, status, world: { ...world, integration: { ...integration, status } } }
}

type TrunksStep = Extract<IntegrationStep, { do: 'publishTrunks' | 'withdrawTrunks' }>

function take(world: IntegrationWorld, step: TrunksStep) {
  if (step.do === 'withdrawTrunks') return undefined
  const { integration, settings, published } = world
  const held = heldByTrunks(world)
  const manifest = renderTrunks(integration!, integration!.trunks!, settings.operatorNamespace, {
    epoch: step.epoch,
    since: published?.since ?? {},
    held,
  })
  const { [SINCE]: told } = manifest.metadata.annotations!
  const since = JSON.parse(told!) as Record<string, number>
  const uid = published?.uid ?? 'uid-of-the-trunks'
  const owner = { ownerUid: undefined, integrationUid: integration!.uid }
  const amounts = trunkAmounts(integration!.trunks!.trunks)
  return { uid, ...owner, applied: manifestHash(manifest), epoch: step.epoch, since, held, amounts }
}

/** A drill by checks alone, made by hand, that has not begun. */
export const aDrill = (changes: Partial<FailoverDrillFacts> = {}): FailoverDrillFacts => ({
  ...{ namespace: 'lilas', name: 'cabinet-essai', uid: 'uid-of-the-drill', generation: 1, integration: 'cabinet' },
  resourceVersion: '1',
  ...{ side: 'SIP', scenario: 'Blackhole', mode: 'DryRun', desiredState: 'Run' },
  ...{ createdAt: NOON, ownerUid: '', slot: undefined, status: undefined },
  ...changes,
})

/** Edges in two zones to which both trunks answer. */
export const bothTrunksAnswer: DrillSurroundings['sip'] = {
  zones: ['zone-a', 'zone-b'],
  witnesses: ['zone-a', 'zone-b'].map((zone) => ({
    zone,
    parts: ['paris', 'lyon'].map((name) => ({ name, state: 'Up' as const, calls: 0 })),
  })),
}
