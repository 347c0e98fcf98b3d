import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { BotConfiguration } from '../../api/bot-configuration.ts'
import { isInside } from '../../rules/placement.ts'
import { isReleasedTo, notReleased, RELEASE_KEY } from '../../rules/secret-hosts.ts'
import type { Identity } from '../../pki/identity.ts'
import { currentVersion } from '../../runtime/mounted-volume.ts'
import type { Egress } from '../../webclient/egress-policy.ts'
import { SpeechFault } from './speech-fault.ts'
import { type HttpServer, openServer } from './http-client.ts'
import type { Server } from './provider.ts'
import type { Provider } from './openai-requests.ts'

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
  /** A server declared elsewhere is asked nothing. Absent: anywhere. */
  regions?: BotConfiguration['regions']
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
    const isUsable = isOurs || isInside(o.regions, provider.region)
    return {
      provider,
      http,
      key: () => (isUsable ? readKey(o.secretsFolder, provider) : Promise.reject(outside(provider))),
    }
  }
  return {
    asr: o.speech.asr.map(open),
    tts: o.speech.tts.map(open),
    llm: (o.llm?.providers ?? []).map(open),
    renew: (identity) => opened.forEach((server) => server.renew(identity)),
    close: async () => void (await Promise.all([...opened.values()].map((server) => server.close()))),
  }
}

const outside = ({ region }: Provider) =>
  new SpeechFault('Broken', `it is declared in ${region}, outside of the regions that this bot may use`)

/** Read for each request: a Secret may come after the pod, and change. A key that is not there yet is left out: the server says what it wants. */
async function readKey(folder: string, { secretRef, url }: Provider): Promise<string | undefined> {
  if (secretRef === undefined || url === undefined) return undefined
  const from = await currentVersion(join(folder, secretRef.name))
  const read = (key: string) => readFile(join(from, key), 'utf8').catch(() => undefined)
  const [key, released] = await Promise.all([read(secretRef.key), read(RELEASE_KEY)])
  if (key === undefined || isReleasedTo(released, new URL(url).hostname)) return key?.trim()
  throw new SpeechFault('Broken', notReleased(secretRef.name, new URL(url).hostname))
}
