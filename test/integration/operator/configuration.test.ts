// @seconds 5
import { expect } from 'chai'
import { botConfigurationSchema } from '../../../src/api/bot-configuration.ts'
import type { BotConfiguration } from '../../../src/api/bot-configuration.ts'
import type { CallbotSpec, CallbotStatus } from '../../../src/api/callbot.ts'
import { CALLBOTS, INTEGRATIONS, RETENTION_POLICIES } from '../../../src/api/kinds.ts'
import { createApplier } from '../../../src/kube/applier.ts'
import type { Manifest, Raw } from '../../../src/kube/raw-object.ts'
import { resources } from '../../../src/kube/resources.ts'
import { applyCallbot } from '../../../src/operator/apply/callbot.ts'
import type { ApplyDependencies } from '../../../src/operator/apply/dependencies.ts'
import { writeConfiguration, type CheckFlow, type FlowContext } from '../../../src/operator/apply/bot-configuration.ts'
import { projectBot, projectIntegration } from '../../../src/operator/observe/projections.ts'
import { planCallbot } from '../../../src/operator/plan/callbot.ts'
import { reportCallbot } from '../../../src/operator/report/callbot.ts'
import { MANAGER } from '../../../src/operator/render/manifest.ts'
import { configurationName } from '../../../src/operator/judge/configuration.ts'
import { withIntegrations } from '../../../src/operator/render/bot-configuration-integrations.ts'
import type { World } from '../../../src/operator/world/callbot.ts'
import { useApiServer } from '../../harness/api-server.ts'
import { aPolicy, aWorld } from '../../harness/builders.ts'
import { idleCaches } from '../../harness/idle-caches.ts'
import { installKinds } from '../contract/server.ts'

const namespace = 'default'

const callbot = (name: string, say: string, more: object = {}) => ({
  apiVersion: 'callbots.dev/v1alpha1',
  kind: 'Callbot',
  metadata: { namespace, name },
  spec: {
    numbers: ['+33199000001'],
    language: 'fr-FR',
    dialog: { inline: { steps: [{ name: 'adieu', hangUp: { say } }] } },
    integrationRefs: [{ name: 'cabinet' }],
    fallback: { number: '+33199000099', integrationRef: { name: 'cabinet' } },
    ...more,
  },
})

describe('the configuration of a bot', function () {
  this.timeout(30_000)
  const api = useApiServer({ kinds: [CALLBOTS, INTEGRATIONS, RETENTION_POLICIES] })
  let checked: FlowContext[]
  let check: CheckFlow
  before(() => installKinds(api()))
  beforeEach(() => {
    checked = []
    check = () => ({ errors: [] })
  })

  const worldOf = (raw: Raw, collect: string[] = []): World =>
    aWorld().with({ namespace, name: raw.metadata.name, bot: projectBot(raw, undefined), policy: aPolicy(collect) })
      .world
  const nameIn = ({ bot, policy }: World) => configurationName(bot!, policy)
  const refusals = new Map()
  const write = (world: World, name = nameIn(world)) =>
    writeConfiguration(
      {
        kube: api().kube,
        caches: { integrations: { get: () => undefined } } as never,
        checkFlow: (flow, facts) => {
          checked.push(facts)
          return check(flow, facts)
        },
        refusals,
      },
      world,
      name,
    )
  const read = async (name: string) => {
    const raw = await api().kube.get(resources.configMaps, namespace, name)
    const told = JSON.parse((raw['data'] as Record<string, string>)['bot.json']!) as Partial<CallbotSpec>
    return {
      raw,
      says: told.dialog && (told.dialog as { steps?: { hangUp?: { say?: string } }[] }).steps?.[0]?.hangUp?.say,
    }
  }

  it('is written with the dialog that the Callbot has, and belongs to it', async () => {
    const world = worldOf(await api().kube.apply(callbot('un', 'Au revoir.')))
    expect(await write(world)).to.equal('written')
    const { raw, says } = await read(nameIn(world))
    expect(says).to.equal('Au revoir.')
    expect(raw['immutable']).to.be.true
    expect(raw.metadata.ownerReferences?.map(({ uid }) => uid)).to.deep.equal([world.bot!.uid])
  })

  it('brings the tests beside the dialog, and when they take place: the same moment for all pods made with it', async () => {
    const tests = [{ name: 'adieu', turns: [{ says: 'oui' }] }]
    const world = worldOf(await api().kube.apply(callbot('sept', 'Au revoir.', { tests })))
    expect(await write(world)).to.equal('written')
    const raw = await api().kube.get(resources.configMaps, namespace, nameIn(world))
    const told = botConfigurationSchema.parse(JSON.parse((raw['data'] as Record<string, string>)['bot.json']!))
    expect(told.tests.map(({ name }) => name)).to.deep.equal(['adieu'])
    expect(told.testsAt).to.equal(new Date(world.now).toISOString())
    const held = { name: nameIn(world), madeAt: told.testsAt! }
    const later = { ...world, now: world.now + 86_400_000, bot: { ...world.bot!, status: { configuration: held } } }
    expect(await write(later), 'one that was lost is recreated').to.equal('written')
    const again = await api().kube.get(resources.configMaps, namespace, nameIn(world))
    expect((again['data'] as Record<string, string>)['bot.json']).to.include(`"testsAt":"${told.testsAt}"`)
    const other = worldOf(await api().kube.apply(callbot('sept', 'Au revoir.', { tests: [] })))
    expect(nameIn(other), 'other tests are another version').not.to.equal(nameIn(world))
  })

  it('is not written when the Callbot has changed since: the next look has the newer one', async () => {
    const before = worldOf(await api().kube.apply(callbot('deux', 'Au revoir.')))
    const after = worldOf(await api().kube.apply(callbot('deux', 'À bientôt.')))
    expect(await write(before)).to.equal('superseded')
    expect(await write(after)).to.equal('written')
    await api().kube.remove(CALLBOTS, namespace, 'deux')
    expect(await write(after)).to.equal('superseded')
  })

  it('takes the place of one of its name: of a predecessor, or of a cycle that was cut short', async () => {
    const first = worldOf(await api().kube.apply(callbot('trois', 'Au revoir.')))
    await write(first)
    await api().kube.remove(CALLBOTS, namespace, 'trois')
    const second = worldOf(await api().kube.apply(callbot('trois', 'Au revoir.')))
    expect(nameIn(second)).to.equal(nameIn(first))
    for (let time = 0; time < 2; time++) {
      expect(await write(second)).to.equal('written')
      const { raw } = await read(nameIn(second))
      expect(raw.metadata.ownerReferences?.map(({ uid }) => uid)).to.deep.equal([second.bot!.uid])
    }
  })

  it('is not written with a dialog that breaks a rule, which is read once and not in each cycle', async () => {
    const world = worldOf(await api().kube.apply(callbot('quatre', 'Au revoir.')))
    const problem = { path: 'spec.dialog.inline.steps[0]', message: 'add a way out' }
    check = () => ({ errors: [problem] })
    for (let cycle = 0; cycle < 3; cycle++) expect(await write(world)).to.deep.equal({ refused: problem })
    expect(checked).to.have.lengthOf(1)
    const missing = await api()
      .kube.get(resources.configMaps, namespace, nameIn(world))
      .catch((error: { status: number }) => error.status)
    expect(missing).to.equal(404)
    const repaired = worldOf(await api().kube.apply(callbot('quatre', 'Au revoir, madame.')))
    check = () => ({ errors: [] })
    expect(await write(repaired)).to.equal('written')
  })

  it('that can not be written stops no scaling: the pods of before become more', async () => {
    const { transport, kube } = api()
    const hands: ApplyDependencies = {
      kube,
      applier: createApplier({ kube, fieldManager: MANAGER }),
      caches: idleCaches(transport, namespace),
      authority: () => ({}),
      leafLifetimeSeconds: 3600,
      checkFlow: (flow, facts) => check(flow, facts),
      refusals: new Map(),
      secretChecks: new Map(),
      areIdle: () => Promise.resolve(true),
      evidenceKey: () => undefined,
    }
    const cycle = async (text: string, minReplicas: number, before?: CallbotStatus) => {
      const raw = await kube.apply(callbot('six', text, { capacity: { minReplicas } }))
      const { bot, ...world } = worldOf(raw)
      const known: World = { ...world, authority: undefined, bot: { ...bot!, status: before } }
      const outcome = await applyCallbot(hands, known, planCallbot(known))
      return { outcome, status: reportCallbot(known, known.bot!, outcome) }
    }
    const first = await cycle('Au revoir.', 3)
    check = () => ({ errors: [{ path: 'spec.dialog.inline', message: 'add a way out' }] })
    const second = await cycle('Bonne soirée.', 5, first.status)
    expect(second.outcome.flowProblem).to.deep.include({ message: 'add a way out' })
    expect(second.status.configuration).to.deep.equal(first.status.configuration)
    const { spec } = (await kube.get(resources.deployments, namespace, 'six')) as unknown as {
      spec: { replicas: number }
    }
    expect(spec.replicas).to.equal(5)
    expect(JSON.stringify(spec)).to.include(first.status.configuration!.name)
  })

  it('is checked with the Integrations that its dialog calls, and with its policy', async () => {
    const steps = [
      { name: 'demande', request: { integration: 'cabinet', operation: 'noter', outcomes: [] }, next: 'adieu' },
      { name: 'adieu', hangUp: {} },
    ]
    const operations = [{ name: 'noter', method: 'POST', path: '/notes' }]
    await api().kube.apply({
      apiVersion: 'callbots.dev/v1alpha1',
      kind: 'Integration',
      metadata: { namespace, name: 'cabinet' },
      spec: {
        http: {
          endpoints: [{ name: 'un', role: 'Primary', url: 'https://un.example.org', region: 'eu-west-3' }],
          operations,
        },
      },
    } as never)
    const spec = { dialog: { inline: { steps } }, retentionPolicyRef: { name: 'absente' } }
    const world = worldOf(await api().kube.apply(callbot('cinq', '', spec)))
    expect(await write(world)).to.equal('written')
    expect(checked[0]!.integrations.get('cabinet')?.http?.operations.map(({ name }) => name)).to.deep.equal(['noter'])
    expect(checked[0]!.policy).to.equal('unknown')
  })

  it('holds what pods need of each Integration, and not before the operator has seen the newest of it', async () => {
    const integration = (url: string) => ({
      ...{ apiVersion: 'callbots.dev/v1alpha1', kind: 'Integration', metadata: { namespace, name: 'deux-cotes' } },
      spec: {
        sip: { trunks: [{ name: 'un', role: 'Primary', address: { host: 'pbx.example.org' } }] },
        http: { endpoints: [{ name: 'un', role: 'Primary', url }] },
      },
    })
    const known = projectIntegration(await api().kube.apply(integration('https://un.example.org') as Manifest))
    const refs = { integrationRefs: [{ name: 'deux-cotes' }, { name: 'absente' }] }
    const fallback = { number: '4001', integrationRef: { name: 'deux-cotes' } }
    const raw = await api().kube.apply(callbot('sept', 'Au revoir.', { ...refs, fallback }))
    const bare = worldOf(raw)
    const bound = new Map([['deux-cotes', known.configuration]])
    const configuration = withIntegrations(bare.bot!.configuration, bound)
    const world: World = { ...bare, bot: { ...bare.bot!, configuration } }
    const find = (_: string, name: string) => (name === 'deux-cotes' ? known : undefined)
    const caches = { integrations: { get: find } } as never
    const writer = { kube: api().kube, caches, checkFlow: () => ({ errors: [] }), refusals: new Map() }
    expect(await writeConfiguration(writer, world, nameIn(world))).to.equal('written')
    const { raw: written } = await read(nameIn(world))
    const { integrations } = JSON.parse((written['data'] as Record<string, string>)['bot.json']!) as BotConfiguration
    expect(integrations.map(({ name, sip, http }) => [name, sip?.media, http?.endpoints[0]?.url])).to.deep.equal([
      ['deux-cotes', ['Required'], 'https://un.example.org'],
      ['absente', undefined, undefined],
    ])
    await api().kube.apply(integration('https://deux.example.org') as Manifest)
    expect(await writeConfiguration(writer, world, nameIn(world))).to.equal('superseded')
  })
})
