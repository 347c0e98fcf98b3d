import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { BotConfiguration } from '../../api/bot-configuration.ts'
import type { Identity } from '../../telephony/identity.ts'
import type { Egress } from '../egress.ts'
import { type HttpServer, openServer } from './http.ts'
import type { Server } from './provider.ts'
import type { Provider } from './requests.ts'

/** The servers of a bot's spec, with their connections. */
export interface SpeechServers {
  readonly asr: readonly Server[]
  readonly tts: readonly Server[]
  /** Language models; none if the bot has no step for them. */
  readonly llm: readonly Server[]
  renew(identity: Identity): void
  close(): Promise<void>
}

export function openSpeechServers(o: {
  speech: BotConfiguration['speech']
  llm?: BotConfiguration['llm']
  /** Of the embedded server, which is asked with our own identity. */
  embeddedUrl: string
  secretsFolder: string
  identity: Identity
  egress: Egress
}): SpeechServers {
  const opened = new Map<string, HttpServer>()
  const open = (provider: Provider): Server => {
    const isOurs = provider.type === 'Embedded'
    const url = isOurs ? o.embeddedUrl : provider.url!
    // Hearing and speaking of one server share its connections.
    const http = opened.get(url) ?? openServer(url, isOurs ? { identity: o.identity } : { egress: o.egress })
    opened.set(url, http)
    return { provider, http, key: () => readKey(o.secretsFolder, provider) }
  }
  return {
    asr: o.speech.asr.map(open),
    tts: o.speech.tts.map(open),
    llm: (o.llm?.providers ?? []).map(open),
    renew: (identity) => opened.forEach((server) => server.renew(identity)),
    close: async () => void (await Promise.all([...opened.values()].map((server) => server.close()))),
  }
}

/** Read for each request: a Secret may come after the pod, and change. */
async function readKey(folder: string, { secretRef }: Provider): Promise<string | undefined> {
  if (secretRef === undefined) return undefined
  const text = await readFile(join(folder, secretRef.name, secretRef.key), 'utf8').catch(() => undefined)
  return text?.trim()
}
