import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'yaml'
import { readFileSync } from 'node:fs'
import { callbotSchema, type CallbotSpec } from '../../src/api/callbot.ts'
import { botConfigurationSchema, type BotConfiguration } from '../../src/api/bot-configuration.ts'
import { readVoiceConfig, type VoiceConfig } from '../../src/voice/config.ts'
import type { Flow } from '../../src/rules/flow/flow.ts'
import type { Issued } from './authority.ts'

/** A folder with all that a kubelet mounts into a bot pod. */
export interface PodFolder {
  readonly path: string
  /** The environment that names it. */
  readonly env: Readonly<Record<string, string>>
  readonly config: VoiceConfig
  /** Writes a new certificate as a kubelet does. */
  mount(ca: string, own: Issued): Promise<void>
  remove(): Promise<void>
}

const AT_ONCE = { CALLBOT_REHEARSAL_CALLS: '0', CALLBOT_LINGER_SECONDS: '0' }
const PORTS = { CALLBOT_SIPS_PORT: '0', CALLBOT_HEALTH_PORT: '0', CALLBOT_CLOSED_PORT: '0' }

export async function makePodFolder(o: {
  ca: string
  own: Issued
  bot: BotConfiguration
  env?: Readonly<Record<string, string>>
}): Promise<PodFolder> {
  const path = await mkdtemp(join(tmpdir(), 'callbot-pod-'))
  const tls = join(path, 'tls')
  await mkdir(join(path, 'bot'))
  await mkdir(tls)
  await writeFile(join(path, 'bot', 'bot.json'), JSON.stringify(o.bot))
  const mount = (ca: string, own: Issued) => mountIdentity(tls, ca, own)
  await mount(o.ca, o.own)
  const env = {
    CALLBOT_NAME: 'town-hall',
    CALLBOT_NAMESPACE: 'clinic',
    POD_NAME: 'town-hall-1',
    POD_IP: '127.0.0.1',
    CALLBOT_BOT_DIR: join(path, 'bot'),
    CALLBOT_TLS_DIR: tls,
    CALLBOT_SECRETS_DIR: join(path, 'secrets'),
    CALLBOT_TURNS_SOCKET: join(path, 'turns.sock'),
    ...PORTS,
    ...AT_ONCE,
    ...o.env,
  }
  return { path, env, config: readVoiceConfig(env), mount, remove: () => rm(path, { recursive: true }) }
}

/** A kubelet writes a new folder and swaps a link: what is read is never a mixture. */
async function mountIdentity(folder: string, ca: string, own: Issued): Promise<void> {
  const name = `..${process.hrtime.bigint()}`
  await mkdir(join(folder, name))
  const texts = { 'tls.crt': own.cert, 'tls.key': own.key, 'ca.crt': ca }
  for (const [file, text] of Object.entries(texts)) await writeFile(join(folder, name, file), text)
  await symlink(name, join(folder, '..next'))
  await rename(join(folder, '..next'), join(folder, '..data'))
}

/** What the operator writes for the sample bot; `change` is laid over it. */
export function sampleBot(change: Partial<BotConfiguration> = {}): BotConfiguration {
  const sample = callbotSchema.parse(parse(readFileSync('config/samples/30-callbot.yaml', 'utf8')))
  const isOfAnotherDialog = change.dialog !== undefined && change.tests === undefined
  return botConfigurationSchema.parse({
    ...configurationOf(sample.spec),
    ...(isOfAnotherDialog ? { tests: [] } : {}),
    ...{ collect: valuesOf({ dialog: sample.spec.dialog.inline!, integrations: [], ...change }), callMetadata: 'Kept' },
    ...change,
  })
}

/** All that a flow collects: a policy lists it, unless a test is about what that does. */
function valuesOf({ dialog, integrations }: Pick<BotConfiguration, 'integrations'> & { dialog: Flow }): string[] {
  const asked = dialog.steps.flatMap(({ ask, llm }) => [ask?.field, ...(llm?.collects ?? []).map(({ field }) => field)])
  const outputs = integrations.flatMap(({ http }) => (http?.operations ?? []).flatMap(({ output }) => output))
  const names = [...asked, ...outputs.map(({ name }) => name)].filter((name) => name !== undefined)
  return [...new Set(names)]
}

function configurationOf(spec: CallbotSpec) {
  const { language, dialog, tests, speech, turnTaking, fallback, media, capacity, drain, integrationRefs } = spec
  const { callsPerPod } = capacity
  return {
    ...{ language, tests, speech, turnTaking, fallback, media, drain },
    dialog: dialog.inline,
    capacity: { callsPerPod },
    integrations: integrationRefs,
  }
}
