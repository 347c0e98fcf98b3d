/** Our side of the benchmark: a bot pod as it ships, with engines that cost nothing. */
import { join } from 'node:path'
import type { z } from 'zod'
import type { botConfigurationSchema } from '../../src/api/bot-configuration.ts'
import type { Authority } from '../../test/harness/authority.ts'
import { EDGE, startVoicePod, type VoicePod } from '../../test/harness/pod-process.ts'
import { startEngines, type Engines } from './engines.ts'
import type { Server } from './load.ts'

type Flow = NonNullable<z.input<typeof botConfigurationSchema>['dialog']>

/** One long announcement, as Asterisk plays its prompt: nobody is listened to. */
export const ANNOUNCEMENT: Flow = {
  start: 'announcement',
  steps: [
    { name: 'announcement', say: { text: 'Cette annonce est longue.', bargeIn: 'Refused' }, next: 'end' },
    { name: 'end', hangUp: {} },
  ],
}

/** Question and answer without end: each utterance of the caller passes the voice detector and the recogniser. */
export const CONVERSATION: Flow = {
  start: 'question',
  steps: [
    {
      name: 'question',
      ask: { text: 'Que puis-je pour vous ?', field: 'wish', slot: { type: 'FreeText' }, confirm: 'Never' },
      next: 'answer',
    },
    { name: 'answer', say: { text: 'Très bien.' }, next: 'question' },
  ],
}

export const END_OF_TURN_MS = 700
/** Longer than any measurement. */
const ANNOUNCEMENT_SECONDS = 150

export interface Bot extends Server {
  engines: Engines
  mediaPort: number
  stop(): Promise<void>
}

/** Starts a pod with room for so many calls and resolves when it takes them. */
export async function startBot(o: {
  folder: string
  flow: Flow
  srtp: boolean
  places: number
  mediaPort: number
  /** Default: one of its own. */
  authority?: Authority
  /** What is kept of its calls. Default: nothing. */
  keep?: z.input<typeof botConfigurationSchema>['keep']
}): Promise<Bot> {
  const engines = await startEngines({
    hears: 'Je voudrais un rendez-vous.',
    secondsOf: (text) => (text.startsWith('Cette annonce') ? ANNOUNCEMENT_SECONDS : 0.6),
  })
  const provider = { type: 'OpenAICompatible', url: engines.url, region: 'here' } as const
  const pod: VoicePod = await startVoicePod({
    folder: join(o.folder, 'pod'),
    mediaPort: o.mediaPort,
    ...(o.authority && { authority: o.authority }),
    bot: {
      ...(o.keep && { keep: o.keep }),
      ...{ language: 'fr-FR', dialog: o.flow, speech: { asr: [provider], tts: [provider] }, integrations: [] },
      ...{
        fallback: { number: '+33199000099', integrationRef: { name: 'nobody' } },
        capacity: { callsPerPod: o.places },
      },
      turnTaking: { endOfTurnMilliseconds: END_OF_TURN_MS },
      media: o.srtp ? { srtp: 'Required' } : { srtp: 'Disabled', sipTransport: 'Any' },
    },
  })
  return {
    ...{ pid: pod.pid, target: `127.0.0.1:${pod.sipsPort}`, engines, mediaPort: o.mediaPort },
    tls: { ...pod.authority.issue([EDGE]), ca: pod.authority.cert },
    async stop() {
      await pod.kill()
      await engines.close()
    },
  }
}
