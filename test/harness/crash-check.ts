import { DEFAULT_VALUES } from '../../src/rules/egress.ts'
import { RECORD_COMPONENT } from '../../src/rules/drill/record.ts'
import { NOTHING_LEAVES } from '../../src/rules/policy-order.ts'
import { expect } from 'chai'
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { operatorNamespace } from '../../hack/chart.ts'
import { botConfigurationSchema, type BotConfiguration } from '../../src/api/bot-configuration.ts'
import { callbotStatusSchema } from '../../src/api/callbot-status.ts'
import type { CallbotSpec, CallbotStatus } from '../../src/api/callbot.ts'
import type { IntegrationSpec } from '../../src/api/integration.ts'
import { CALLBOTS, INTEGRATIONS } from '../../src/api/kinds.ts'
import { manifestHash, ownedHash } from '../../src/kube/field-ownership.ts'
import type { Raw } from '../../src/kube/raw-object.ts'
import { resources, type Resource } from '../../src/kube/resources.ts'
import type { IntegrationConfigurationFacts } from '../../src/operator/world/integration.ts'
import { projectIntegration, projectTrunks } from '../../src/operator/observe/projections.ts'
import { configurationName } from '../../src/operator/judge/configuration.ts'
import { configurationFacts } from '../../src/operator/render/bot-configuration.ts'
import { renderDeployment } from '../../src/operator/render/deployment.ts'
import { MANAGER } from '../../src/operator/render/manifest.ts'
import { renderNetworkPolicy } from '../../src/operator/render/network-policy.ts'
import { renderPodDisruptionBudget } from '../../src/operator/render/pod-disruption-budget.ts'
import { renderRoute } from '../../src/operator/render/edge-route.ts'
import { renderService } from '../../src/operator/render/service.ts'
import {
  integrationConfigurationFacts,
  withIntegrations,
} from '../../src/operator/render/bot-configuration-integrations.ts'
import { renderTrunks } from '../../src/operator/render/edge-trunks.ts'
import { replicasAtRest } from '../../src/rules/scaling/replica-count.ts'
import { parseTrunks } from '../../src/rules/trunks.ts'
import { NO_LIMITS } from '../../src/rules/shares.ts'
import type { BotFacts } from '../../src/operator/world/callbot.ts'
import type { TestApiServer } from './api-server.ts'
import { checkDrills, checkEvidenceKey } from './crash-drills.ts'
import { CLIENT, IMAGE, type Stage } from './crash-stage.ts'
import { brokenLaws } from './status-laws.ts'

/** What must be so of one bot, in plain values: they come from the story and not from the code under test. */
export interface Expected {
  replicas: number
  /** The numbers that it answers. */
  numbers: string[]
  drainSeconds: number
  zones: string[]
  fallbackThrough: string
  /** What it says before it hangs up. */
  says: string
}

/** The CA's slots that must be taken. */
export type ExpectedAuthority = ('current' | 'next' | 'previous')[]

const BUNDLE = 'callbot-ca-bundle'
const SETTINGS = {
  ...{ image: IMAGE, recordsImage: IMAGE },
  operatorNamespace,
  renewAtFraction: 0.66,
  mediaCidrs: [],
  mediaByEdges: false,
  ...{ deniedCidrs: [], egress: DEFAULT_VALUES },
  reservations: [],
  shares: NO_LIMITS,
  database: undefined,
  rootKeySeconds: 86_400,
  ...{ scheduling: {}, placement: { regions: [], certifications: [] } },
}
const CHILDREN = {
  deployments: (bot: BotFacts) =>
    renderDeployment(bot, SETTINGS, configurationName(bot, NOTHING_LEAVES), replicasAtRest(bot.spec.capacity)),
  services: (bot: BotFacts) => renderService(bot),
  podDisruptionBudgets: (bot: BotFacts) => renderPodDisruptionBudget(bot),
  networkPolicies: (bot: BotFacts) => renderNetworkPolicy(bot, SETTINGS),
} as const

/** Reads the whole world from the API server and throws at the first thing that is not as it must be. */
export async function checkWorld(
  stage: Stage,
  bots: Map<string, Expected>,
  authority?: ExpectedAuthority,
): Promise<void> {
  const names = [...bots.keys()].sort()
  const world = await readWorld(stage.api)
  expect([...world.bots.keys()].sort(), 'the Callbots').to.deep.equal(names)
  for (const [kind, objects] of Object.entries(world.children)) {
    expect([...objects.keys()].sort(), kind).to.deep.equal(names)
  }
  expect([...world.secrets.keys()].sort(), 'secrets').to.deep.equal(names.map((name) => `${name}-sip-tls`))
  expect([...world.routes.keys()].sort(), 'routes').to.deep.equal(names.map((name) => `route.${CLIENT}.${name}`))
  checkAuthority(world.authority, authority ?? ['current'])
  const published = (world.bundle?.['data'] as Record<string, string> | undefined)?.['ca.crt']
  expect(published, 'the published bundle').to.equal(bundleOf(world.authority!))
  checkEvidenceKey(decoded(world.homeSecrets.get('callbot-evidence-key'), 'key.pem'), world.evidenceKeys)
  for (const [name, expected] of bots) checkBot(world, name, expected)
  checkTrunks(world)
  checkConfigurations(world)
  for (const part of ['edge', 'speech']) checkPart(world, part)
  await checkDrills(stage)
  expect(stage.epochFaults, 'epochs that went down').to.deep.equal([])
}

interface Seen {
  bots: Map<string, Raw>
  configurations: Map<string, Raw>
  children: Record<keyof typeof CHILDREN, Map<string, Raw>>
  secrets: Map<string, Raw>
  routes: Map<string, Raw>
  integrations: Map<string, Raw>
  trunks: Map<string, Raw>
  authority: Raw | undefined
  /** By name: the certificates of edge and speech server among them. */
  homeSecrets: Map<string, Raw>
  bundle: Raw | undefined
  /** ConfigMaps with public keys of records of drills. */
  evidenceKeys: Raw[]
}

async function readWorld(api: TestApiServer): Promise<Seen> {
  const ours = `app.kubernetes.io/managed-by=${MANAGER}`
  const list = async (resource: Resource, namespace: string, labelSelector?: string) => {
    const found = new Map<string, Raw>()
    for await (const raw of api.kube.list(resource, { namespace, labelSelector })) found.set(raw.metadata.name, raw)
    return found
  }
  const kinds = Object.keys(CHILDREN) as (keyof typeof CHILDREN)[]
  const [bots, integrations, configurations, secrets, home, homeSecrets, ...children] = await Promise.all([
    list(CALLBOTS, CLIENT),
    list(INTEGRATIONS, CLIENT),
    list(resources.configMaps, CLIENT, ours),
    list(resources.secrets, CLIENT),
    list(resources.configMaps, operatorNamespace, ours),
    list(resources.secrets, operatorNamespace),
    ...kinds.map((kind) => list(resources[kind], CLIENT, ours)),
  ])
  const bundle = home.get(BUNDLE)
  home.delete(BUNDLE) // all else of ours at home are routes, trunks and public keys
  const evidenceKeys = [...home].filter(([name]) => name.startsWith('callbot-evidence-'))
  for (const [name] of evidenceKeys) home.delete(name)
  const trunks = new Map([...home].filter(([name]) => name.startsWith('trunks.')))
  for (const name of trunks.keys()) home.delete(name)
  // Records outlive the drills that they are about: what is missing shows in their chain.
  const isRecord = ({ metadata }: Raw) => metadata.labels?.['app.kubernetes.io/component'] === RECORD_COMPONENT
  for (const [name, raw] of configurations) if (isRecord(raw)) configurations.delete(name)
  const byKind = Object.fromEntries(kinds.map((kind, index) => [kind, children[index]!])) as Seen['children']
  return {
    bots,
    integrations,
    trunks,
    configurations,
    secrets,
    routes: home,
    children: byKind,
    bundle,
    homeSecrets,
    authority: homeSecrets.get('callbot-ca'),
    evidenceKeys: evidenceKeys.map(([, raw]) => raw),
  }
}

const decoded = (secret: Raw | undefined, key: string): string | undefined => {
  const value = (secret?.['data'] as Record<string, string> | undefined)?.[key]
  return value === undefined ? undefined : Buffer.from(value, 'base64').toString()
}

function checkAuthority(secret: Raw | undefined, expected: ExpectedAuthority): void {
  const taken = (['current', 'next', 'previous'] as const).filter(
    (slot) => decoded(secret, `${slot}.crt`) !== undefined,
  )
  expect(taken, 'the CA').to.deep.equal(expected)
  for (const slot of taken) {
    const certificate = new X509Certificate(decoded(secret, `${slot}.crt`)!)
    expect(certificate.checkPrivateKey(createPrivateKey(decoded(secret, `${slot}.key`)!)), `key of ${slot}`).to.be.true
  }
}

const bundleOf = (authority: Raw) =>
  ['current', 'next', 'previous'].map((slot) => decoded(authority, `${slot}.crt`) ?? '').join('')

function checkBot(world: Seen, name: string, expected: Expected): void {
  const raw = world.bots.get(name)!
  const bot = factsOf(raw, world.integrations)
  const status = bot.status ?? {}
  checkStatus(raw, status, expected)
  for (const [kind, render] of Object.entries(CHILDREN) as [keyof typeof CHILDREN, (bot: BotFacts) => never][]) {
    const child = world.children[kind].get(name)!
    expect(ownersOf(child), `${kind}: owners`).to.deep.equal([bot.uid])
    expect(ownedHash(child, MANAGER), `${kind} as rendered`).to.equal(manifestHash(render(bot)))
  }
  checkDeployment(world.children.deployments.get(name)!, expected)
  checkConfiguration(world, bot, expected)
  checkRoute(world.routes.get(`route.${CLIENT}.${name}`)!, bot, expected)
  checkCertificate(world.secrets.get(`${name}-sip-tls`)!, bot, world.authority!)
}

const ownersOf = (raw: Raw) => (raw.metadata.ownerReferences ?? []).map((owner) => owner.uid)

function factsOf(raw: Raw, integrations: Seen['integrations']): BotFacts {
  const spec = raw['spec'] as CallbotSpec
  const bound = spec.integrationRefs.flatMap(({ name }): [string, IntegrationConfigurationFacts][] => {
    const found = integrations.get(name)
    return found === undefined ? [] : [[name, integrationConfigurationFacts(found['spec'] as IntegrationSpec)]]
  })
  return {
    namespace: CLIENT,
    name: raw.metadata.name,
    uid: raw.metadata.uid!,
    createdAt: Date.parse(raw.metadata.creationTimestamp!),
    generation: raw.metadata.generation!,
    deleting: raw.metadata.deletionTimestamp !== undefined,
    spec,
    configuration: withIntegrations(configurationFacts(spec), new Map(bound)),
    status: raw['status'] as CallbotStatus | undefined,
  }
}

/** Edges receive what the spec of each Integration says, and no other one. */
function checkTrunks({ integrations, trunks }: Seen): void {
  const names = [...integrations.keys()].sort()
  expect([...trunks.keys()].sort(), 'trunks').to.deep.equal(names.map((name) => `trunks.${CLIENT}.${name}`))
  for (const name of names) {
    const integration = projectIntegration(integrations.get(name)!)
    const found = trunks.get(`trunks.${CLIENT}.${name}`)!
    const group = parseTrunks((found['data'] as { trunks: string }).trunks)!
    const rendered = renderTrunks(integration, integration.trunks!, operatorNamespace, projectTrunks(found))
    expect(ownedHash(found, MANAGER), `the trunks of ${name} as rendered`).to.equal(manifestHash(rendered))
    expect(integration.status?.trunksEpoch, `epoch in the status of ${name}`).to.equal(group.epoch)
    expect(integration.status?.observedGeneration, `generation of ${name}`).to.equal(integration.generation)
    expect(brokenLaws(integrations.get(name)), 'broken laws').to.deep.equal([])
  }
}

function checkStatus(raw: Raw, status: CallbotStatus, expected: Expected): void {
  expect(status.observedGeneration, 'observedGeneration').to.equal(raw.metadata.generation)
  expect(brokenLaws(raw), 'broken laws').to.deep.equal([])
  expect(callbotStatusSchema.safeParse(status).error?.issues, 'status').to.equal(undefined)
  expect([...(status.numbers ?? [])].sort(), 'status.numbers').to.deep.equal([...expected.numbers].sort())
  expect(status.desiredReplicas, 'status.desiredReplicas').to.equal(expected.replicas)
  const verdicts = Object.fromEntries(
    (status.conditions ?? []).map(({ type, status, reason }) => [type, { status, reason }]),
  )
  const spec = raw['spec'] as CallbotSpec
  const taken = expected.numbers.length < spec.numbers.length
  expect(verdicts['ReferencesResolved']?.status, 'ReferencesResolved').to.equal('True')
  expect(verdicts['CertificateReady']?.status, 'CertificateReady').to.equal('True')
  // Without edges the write is all that can be known; there are some where the chart runs.
  const reasons = taken ? ['NumberTaken'] : ['AsSpecified', 'RouteRuns']
  expect(verdicts['RoutesPublished']?.reason, 'RoutesPublished').to.be.oneOf(reasons)
}

interface DeploymentSpec {
  replicas: number
  template: {
    spec: {
      terminationGracePeriodSeconds: number
      affinity?: { nodeAffinity: unknown }
    }
  }
}

function checkDeployment(raw: Raw, expected: Expected): void {
  const { replicas, template } = raw['spec'] as DeploymentSpec
  expect(replicas, 'replicas').to.equal(expected.replicas)
  expect(template.spec.terminationGracePeriodSeconds, 'grace period').to.be.greaterThan(expected.drainSeconds)
  const named = JSON.stringify(template.spec.affinity ?? {}).match(/zone-[a-z]/g) ?? []
  expect(named.sort(), 'zones of the Deployment').to.deep.equal([...expected.zones].sort())
}

/** The pods' template names a ConfigMap that is there, is the bot's own, can't be changed and says what the spec says. */
function checkConfiguration({ configurations, children }: Seen, bot: BotFacts, expected: Expected): void {
  const { template } = children.deployments.get(bot.name)!['spec'] as {
    template: { spec: { volumes: { name: string; configMap?: { name: string } }[] } }
  }
  const named = template.spec.volumes.find(({ name }) => name === 'bot')?.configMap?.name ?? ''
  expect(bot.status?.configuration?.name, 'configuration in the status').to.equal(named)
  const raw = configurations.get(named)
  expect(raw, `ConfigMap ${named}`).not.to.equal(undefined)
  expect(ownersOf(raw!), 'owners of the configuration').to.deep.equal([bot.uid])
  expect(raw!['immutable'], 'immutable').to.be.true
  const told = JSON.parse((raw!['data'] as Record<string, string>)['bot.json']!) as BotConfiguration
  expect(botConfigurationSchema.safeParse(told).error?.issues, 'bot.json').to.equal(undefined)
  expect(told.dialog?.steps.at(-1)?.hangUp?.say, 'what it says').to.equal(expected.says)
  expect(told.drain.deadlineSeconds, 'drain of the configuration').to.equal(expected.drainSeconds)
  expect(told.fallback.integrationRef.name, 'fallback of the configuration').to.equal(expected.fallbackThrough)
}

/** Every rollout has come to its end, so each bot has one configuration, and nothing is left of those before. */
function checkConfigurations({ bots, configurations }: Seen): void {
  const statuses = [...bots.values()].map((raw) => ((raw['status'] ?? {}) as CallbotStatus).configuration)
  expect(
    statuses.flatMap((each) => each?.former ?? []),
    'configurations of before',
  ).to.deep.equal([])
  const named = statuses.map((each) => each?.name ?? '')
  expect([...configurations.keys()].sort(), 'the configurations that are there').to.deep.equal(named.sort())
}

function checkRoute(raw: Raw, bot: BotFacts, expected: Expected): void {
  const route = JSON.parse((raw['data'] as { route: string }).route)
  expect(route.numbers, 'numbers of the route').to.deep.equal([...expected.numbers].sort())
  expect(route.zones, 'zones of the route').to.deep.equal([...expected.zones].sort())
  expect(route.fallback.integration, 'fallback of the route').to.equal(expected.fallbackThrough)
  expect(route.callbot, 'callbot of the route').to.deep.equal({ namespace: CLIENT, name: bot.name, uid: bot.uid })
  expect(route.epoch, 'epoch in the status').to.equal(bot.status?.routeEpoch)
  const rendered = renderRoute(bot, SETTINGS, route.numbers, route.epoch)
  expect(ownedHash(raw, MANAGER), 'the route as rendered').to.equal(manifestHash(rendered))
}

function checkPart({ homeSecrets, authority }: Seen, part: string): void {
  const secret = homeSecrets.get(`callbot-${part}-tls`)
  expect(secret, `the certificate of the ${part}`).not.to.equal(undefined)
  checkLeaf(secret!, authority!, `callbot-${part}.${operatorNamespace}.svc`)
}

function checkCertificate(secret: Raw, bot: BotFacts, authority: Raw): void {
  expect(ownersOf(secret), 'owners of the Secret').to.deep.equal([bot.uid])
  const leaf = checkLeaf(secret, authority, `${bot.name}.${CLIENT}.svc`)
  const current = new X509Certificate(decoded(authority, 'current.crt')!)
  const told = bot.status?.certificate
  expect(told?.serial, 'serial in the status').to.equal(leaf.serialNumber.toLowerCase())
  expect(told?.issuer, 'issuer in the status').to.equal(current.serialNumber.toLowerCase())
  expect(Date.parse(told!.notAfter), 'end in the status').to.be.closeTo(leaf.validToDate.getTime(), 1000)
}

/** The certificate of a Secret: of the present CA, for that host, with its key and the whole circle of trusted CAs. */
function checkLeaf(secret: Raw, authority: Raw, host: string): X509Certificate {
  const leaf = new X509Certificate(decoded(secret, 'tls.crt')!)
  const current = new X509Certificate(decoded(authority, 'current.crt')!)
  expect(leaf.verify(current.publicKey), 'signed by the present CA').to.be.true
  expect(leaf.checkIssued(current), 'issued by the present CA').to.be.true
  expect(leaf.checkPrivateKey(createPrivateKey(decoded(secret, 'tls.key')!)), 'its own key').to.be.true
  expect(leaf.checkHost(host), 'its name').to.equal(host)
  expect(leaf.validToDate.getTime(), 'its end').to.be.greaterThan(Date.now())
  expect(decoded(secret, 'ca.crt'), 'the trust bundle').to.equal(bundleOf(authority))
  return leaf
}
