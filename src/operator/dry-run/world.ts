import { DEFAULT_VALUES } from '../../rules/egress.ts'
import { ANY_AMOUNT, NO_LIMITS } from '../../rules/shares.ts'
import type { Callbot } from '../../api/callbot.ts'
import type { IntegrationSpec } from '../../api/integration.ts'
import type { IntegrationConfigurationFacts } from '../world/integration.ts'
import type { EmergencyRoute, World } from '../world/callbot.ts'
import { configurationFacts } from '../render/bot-configuration.ts'
import { integrationConfigurationFacts, withIntegrations } from '../render/bot-configuration-integrations.ts'
import { type CallPolicy, NOTHING_LEAVES } from '../../rules/policy-order.ts'

/** What a file of manifests declares. */
export interface Declared {
  bots: Callbot[]
  integrations: ReadonlyMap<string, IntegrationSpec>
  /** What calls go by under each. */
  retentionPolicies: ReadonlyMap<string, CallPolicy>
}

const SETTINGS: World['settings'] = {
  image: 'callbot-operator (as installed)',
  recordsImage: 'callbot-operator (as installed)',
  operatorNamespace: 'callbot-system',
  renewAtFraction: 0.66,
  mediaCidrs: [],
  mediaByEdges: false,
  deniedCidrs: [],
  egress: DEFAULT_VALUES,
  shares: NO_LIMITS,
  reservations: [],
  database: undefined,
  rootKeySeconds: 86_400,
  scheduling: {},
  placement: { regions: [], certifications: [] },
}

/** The world of a bot that was just applied to a cluster where all is well and nothing of it is there yet. */
export function newWorld(bot: Callbot, declared: Declared, zones: readonly string[], now: number): World {
  const { name = '', namespace = 'default' } = bot.metadata
  const policy = bot.spec.retentionPolicyRef?.name
  const named = [...bot.spec.integrationRefs, bot.spec.fallback.integrationRef].map((ref) => ref.name)
  return {
    now,
    settings: SETTINGS,
    namespace,
    name,
    bot: {
      namespace,
      name,
      uid: 'uid-of-the-callbot',
      createdAt: 0,
      generation: 1,
      deleting: false,
      spec: bot.spec,
      configuration: withIntegrations(configurationFacts(bot.spec), boundTo(bot, declared)),
      status: undefined,
    },
    children: {},
    share: { beyond: undefined, pods: ANY_AMOUNT, againSeconds: 10 },
    route: undefined,
    edges: 'NoEdges',
    pods: [],
    calls: undefined,
    demand: undefined,
    policyEvidence: undefined,
    edgeObstacles: undefined,
    placed: [],
    nodeLabels: [],
    zones: zones.map((zone) => ({ name: zone, nodes: 1, readyNodes: 1, answering: undefined })),
    authority: { issuer: 'the CA of the installation', bundle: '' },
    emergency: emergencyOf(bot, declared),
    missingIntegrations: [...new Set(named)].filter((each) => !declared.integrations.has(each)),
    retentionPolicyRefused: false,
    retentionPolicyMissing: policy !== undefined && !declared.retentionPolicies.has(policy),
    policy: declared.retentionPolicies.get(policy ?? '') ?? NOTHING_LEAVES,
    claims: declared.bots.flatMap((other) =>
      other.spec.numbers.map((number) => ({
        number,
        bot: `${other.metadata.namespace ?? 'default'}/${other.metadata.name ?? ''}`,
        uid: other === bot ? 'uid-of-the-callbot' : `uid-of-${other.metadata.name ?? ''}`,
        createdAt: declared.bots.indexOf(other),
      })),
    ),
  }
}

function boundTo({ spec }: Callbot, { integrations }: Declared): Map<string, IntegrationConfigurationFacts> {
  const bound = spec.integrationRefs.flatMap(({ name }): [string, IntegrationConfigurationFacts][] => {
    const found = integrations.get(name)
    return found === undefined ? [] : [[name, integrationConfigurationFacts(found)]]
  })
  return new Map(bound)
}

/** Nobody can be asked; but an Integration without a telephone system will never do. */
function emergencyOf({ spec }: Callbot, { integrations }: Declared): EmergencyRoute {
  const through = integrations.get(spec.fallback.integrationRef.name)
  return through !== undefined && through.sip === undefined ? 'NoTrunks' : 'NoEdges'
}
