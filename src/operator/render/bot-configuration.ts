import type { ConfigMap } from 'kubernetes-types/core/v1.d.ts'
import type { BotConfiguration, BotIntegration } from '../../api/bot-configuration.ts'
import type { CallbotSpec } from '../../api/callbot.ts'
import { canonicalJson, fingerprint } from '../../lib/canonical.ts'
import { type CallPolicy, NOTHING_LEAVES } from '../../rules/policy-order.ts'
import { keepingOf } from '../../rules/retention/keeping.ts'
import type { BotFacts, ConfigurationFacts, MountedSecret } from '../world/callbot.ts'
import { childLabels, childMetadata, type Manifest } from './manifest.ts'
import { portOf } from './bot-configuration-integrations.ts'

export const BOT_DIRECTORY = '/etc/callbot/bot'
export const DIALOG_DIRECTORY = '/etc/callbot/dialog'
export const SECRETS_DIRECTORY = '/etc/callbot/secrets'

/**
 * What a call depends on, and nothing that only the operator or the edge acts upon: whatever stands here replaces the
 * pods when it changes.
 */
export function botConfiguration(
  spec: CallbotSpec,
  { collect, callMetadata, ...policy }: CallPolicy,
  integrations: BotIntegration[] = spec.integrationRefs,
): BotConfiguration {
  const { language, dialog, tests, speech, llm, turnTaking, fallback, media, capacity, drain, placement } = spec
  const { inline, configMapRef } = dialog
  const keep = keptUnder(policy)
  return {
    language,
    ...(inline && { dialog: inline }),
    ...(configMapRef && { dialogFile: `${DIALOG_DIRECTORY}/${configMapRef.key}` }),
    tests,
    speech,
    ...(llm && { llm }),
    turnTaking,
    fallback,
    media,
    capacity: { callsPerPod: capacity.callsPerPod },
    drain,
    collect: [...collect].sort(),
    callMetadata,
    ...(keep && { keep }),
    ...(placement.regions.length > 0 && { regions: [...placement.regions].sort() }),
    integrations,
  }
}

function keptUnder(policy: Omit<CallPolicy, 'collect' | 'callMetadata'>): BotConfiguration['keep'] {
  const keeping = keepingOf(policy)
  if (keeping === undefined) return undefined
  const { deliver, ...kept } = keeping
  return { ...kept, ...(deliver && { deliver: [...deliver] }) }
}

/** What is kept of a spec's dialog and speech: enough to see that they changed, and for what the pods are given. */
export function configurationFacts(spec: CallbotSpec): ConfigurationFacts {
  const { configMapRef } = spec.dialog
  const providers = [...spec.speech.asr, ...spec.speech.tts, ...(spec.llm?.providers ?? [])]
  const ports = providers.flatMap(({ url }) => (url === undefined ? [] : [portOf(url)]))
  return {
    digest: fingerprint(botConfiguration(spec, NOTHING_LEAVES)),
    flowRef: configMapRef && { name: configMapRef.name, key: configMapRef.key },
    secrets: mountedSecrets(providers),
    providerPorts: [...new Set(ports)].sort((a, b) => a - b),
  }
}

/** Each Secret once, with the keys that providers name. */
function mountedSecrets(providers: CallbotSpec['speech']['asr']): MountedSecret[] {
  const keys = new Map<string, Set<string>>()
  for (const { secretRef } of providers) {
    if (secretRef === undefined) continue
    keys.set(secretRef.name, (keys.get(secretRef.name) ?? new Set()).add(secretRef.key))
  }
  return [...keys].sort().map(([name, names]) => ({ name, keys: [...names].sort() }))
}

/** Immutable: kubelets need not watch it, and nobody can change what pods run by changing it. */
export function renderConfiguration(bot: BotFacts, name: string, content: BotConfiguration): Manifest & ConfigMap {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { ...childMetadata(bot, name), labels: childLabels(bot.name, 'configuration') },
    immutable: true,
    data: { 'bot.json': canonicalJson(content) },
  }
}
