/** A real bot pod behind a real edge, for callers who are put through to a client's trunks. */
import { TEST_LANE } from '../../../hack/tests/lanes.ts'
import type { BotConfiguration } from '../../../src/api/bot-configuration.ts'
import { flowSchema } from '../../../src/api/flow.ts'
import { systemClock as clock } from '../../../src/runtime/system-clock.ts'
import { silent } from '../../../src/runtime/log.ts'
import type { ClusterState } from '../../../src/edge/agent.ts'
import type { Route } from '../../../src/rules/route.ts'
import type { TrunkGroup } from '../../../src/rules/trunks.ts'
import { startPod } from '../../../src/voice/pod/pod.ts'
import { makePodFolder, sampleBot } from '../../harness/pod-folder.ts'
import { startSpeechStandIn } from '../../harness/speech-stand-in.ts'
import { startTcpProxy } from '../../harness/tcp-proxy.ts'
import { aHelpedRoute, aSlice, BOT, type Stage } from './stage.ts'

type Media = NonNullable<BotConfiguration['integrations'][number]['sip']>['media']

export const DESK = '+33144444444'
export const toDesk = [{ name: 'desk', transfer: { integration: 'standard', to: DESK } }]

export interface BotPod {
  /** How its calls have ended: outcome and reason. */
  readonly ended: string[]
  /** All that it logged, for a test that fails. */
  readonly log: string[]
  /** Drains it. */
  stop(): Promise<void>
}

/** A pod listens on all addresses of its own, and here those are the edge's and other pods' too: tests that play beside each other have ports of their own. */
const lane = Number(process.env[TEST_LANE] ?? 0)
export const PORT = 15_061 + lane
/** Where a pod finds the edge. */
export const EDGE_PORT = 15_071 + lane
export const MEDIA_PORT = 27_600 + 200 * lane
/** Where connections of this machine to itself come from: an edge hears a pod only from the pod's own address. */
export const POD_IP = '127.0.0.1'

/** What a pod whose calls pass a relay is started with: callers with plain RTP can call it. */
export const BEHIND_RELAY: Pick<Parameters<typeof startBotPod>[1], 'media' | 'callers' | 'env'> = {
  media: ['Disabled'],
  callers: { sipTransport: 'Any', srtp: 'Preferred', codecs: ['PCMU', 'PCMA'] },
  env: { CALLBOT_MEDIA_MODE: 'Relay' },
}

/**
 * Publishes the bot and its trunks.
 * @param of by default its route with the emergency number: an edge calls it by itself for callers whom a busy pod rejects
 */
export function publishBot(
  stage: Stage,
  trunks: TrunkGroup,
  secrets: ClusterState['secrets'] = new Map(),
  of: Route = aHelpedRoute(),
): Promise<void> {
  const route = { ...of, service: { name: 'accueil', port: PORT, transport: 'TLS' as const } }
  const slices = [aSlice({ [POD_IP]: 'zone-a' })]
  return stage.rig.publish({ ...stage.seen(route), slices, trunks: [trunks], secrets })
}

/** Resolves when the edge sends it calls. */
export async function startBotPod(
  stage: Stage,
  o: {
    media: Media
    steps: object[]
    callers?: BotConfiguration['media']
    places?: number
    /** What the person called sees. Default: the caller's number. */
    callerNumber?: TrunkGroup['callerNumber']
    env?: Record<string, string>
  },
): Promise<BotPod> {
  const speech = await startSpeechStandIn()
  const { provider } = speech
  const sip = {
    media: o.media,
    transferMethods: ['Bridge' as const],
    handOver: [],
    callerNumber: o.callerNumber ?? 'Caller',
  }
  const bot = sampleBot({
    ...{ dialog: flowSchema.parse({ steps: o.steps }), tests: [], integrations: [{ name: 'standard', sip }] },
    fallback: { integrationRef: { name: 'standard' }, number: '+33199999999', causes: ['BotFailure'] },
    speech: { asr: [provider], tts: [provider], vocabulary: [] },
    ...(o.callers === undefined ? {} : { media: o.callers }),
    ...(o.places === undefined ? {} : { capacity: { callsPerPod: o.places } }),
  })
  const { authority } = stage.rig
  const folder = await makePodFolder({
    ...{ ca: authority.cert, own: authority.issue([BOT]), bot },
    env: {
      ...{ CALLBOT_NAME: 'accueil', CALLBOT_NAMESPACE: 'lilas', POD_IP },
      ...{ CALLBOT_SIPS_PORT: String(PORT), CALLBOT_MEDIA_PORT: String(MEDIA_PORT) },
      CALLBOT_EDGE_PORT: String(EDGE_PORT),
      ...o.env,
    },
  })
  // Where several addresses are one machine's, the edge's connections come from another one than it listens at.
  const edge = await startTcpProxy(`tcp://${stage.rig.address}:5071`, { host: POD_IP, port: EDGE_PORT })
  const ended: string[] = []
  const lines: string[] = []
  const line = (fields: object, text: string) => {
    const { outcome, reason } = fields as Record<string, string>
    if (text === 'a call has ended') ended.push(`${outcome} ${reason}`)
    lines.push(`${new Date().toISOString()} ${text} ${JSON.stringify(fields)}`)
  }
  const pod = await startPod(folder.config, clock, { ...silent, info: line, warn: line, error: line })
  await stage.untilServed(`${POD_IP}:${PORT}`)
  return {
    ...{ ended, log: lines },
    async stop() {
      await pod.drain()
      await edge.close()
      await folder.remove()
      await speech.close()
    },
  }
}
