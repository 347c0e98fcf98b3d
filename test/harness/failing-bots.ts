/** Bots that can be made to fail in every way, and who answers instead: the emergency line; and a desk, which never does. */
import { type ClientTrunk, trunkIntegration } from './client-trunks.ts'
import type { SpeechStandIn } from './speech-stand-in.ts'
import { aBot, aNumber, aRetentionPolicy } from './three-zones.ts'

export const LINE: ClientTrunk = { name: 'line', role: 'Primary', port: 25_060, transport: 'UDP' }
export const DESK: ClientTrunk = { name: 'desk', role: 'Primary', port: 25_070, transport: 'UDP' }

/** Numbers. `talks` can; `mute` never has a voice; `small` has room for `PLACES` calls in all. */
export const BOTS = { talks: aNumber(), mute: aNumber(), small: aNumber() } as const
export type BotName = keyof typeof BOTS
export const PLACES = 3

const DESK_NUMBER = '+33900000068'
const EMERGENCY_NUMBER = '+33900000069'

/** Keeps CallMetadata, without which pods log no line for a call, and what callers answer. */
const POLICY = 'logged'

/** Any key leads to the desk. Who does not come through there has no way on. */
const toDesk = {
  steps: [
    {
      name: 'wish',
      ask: {
        ...{ text: 'Bonjour.', field: 'wish', confirm: 'Never' as const },
        slot: { type: 'Digits' as const, minDigits: 1, maxDigits: 1 },
      },
      next: 'desk',
    },
    { name: 'desk', transfer: { integration: 'desk', to: DESK_NUMBER, ringSeconds: 5 } },
  ],
}

/** Waits for minutes for somebody who says nothing: a place that is taken stays so. */
const patient = {
  steps: [
    {
      name: 'wait',
      ask: {
        ...{ text: 'Bonjour.', field: 'wish', noInputSeconds: 60 },
        ...{ slot: { type: 'YesNo' as const }, reprompts: Array<string>(5).fill('Prenez votre temps.') },
      },
      next: 'end',
    },
    { name: 'end', hangUp: {} },
  ],
}

/** @param speech each bot's own server; `small` uses that of `talks` */
export function failingBots(namespace: string, speech: Readonly<Record<'talks' | 'mute', SpeechStandIn>>): object[] {
  const served = ({ provider }: SpeechStandIn) => ({ speech: { asr: [provider], tts: [provider] } })
  const common = {
    integrationRefs: [{ name: 'line' }, { name: 'desk' }],
    fallback: { number: EMERGENCY_NUMBER, integrationRef: { name: 'line' } },
    retentionPolicyRef: { name: POLICY },
  }
  return [
    aRetentionPolicy(namespace, POLICY, ['wish']),
    ...[LINE, DESK].map((trunk) => trunkIntegration(namespace, trunk.name, [trunk])),
    aBot(namespace, 'talks', {
      ...{ ...common, ...served(speech.talks), numbers: [BOTS.talks], dialog: { inline: toDesk } },
      turnTaking: { endOfTurnMilliseconds: 300, silenceSeconds: 10, stuckSeconds: 3 },
    }),
    aBot(namespace, 'mute', {
      ...{ ...common, ...served(speech.mute), numbers: [BOTS.mute], dialog: { inline: toDesk } },
    }),
    aBot(namespace, 'small', {
      ...{ ...common, ...served(speech.talks), numbers: [BOTS.small], dialog: { inline: patient } },
      capacity: { scaling: 'External', replicas: PLACES, minReplicas: PLACES, maxReplicas: PLACES, callsPerPod: 1 },
      turnTaking: { silenceSeconds: 300 },
      // An edge puts a caller through in the encryption that he offers, or not at all, and the emergency line takes plain RTP.
      media: { sipTransport: 'TLS', srtp: 'Preferred' },
    }),
  ]
}
