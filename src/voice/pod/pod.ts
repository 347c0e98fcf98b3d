import { instantOf } from '../../runtime/log-fields.ts'
import { overwriteParser } from '../../webclient/overwrite-parser.ts'
import type { BotConfiguration } from '../../api/bot-configuration.ts'
import { type Clock, pause } from '../../runtime/clock.ts'
import { createMemoryClearing, createMemoryCollector } from '../../runtime/clear-memory.ts'
import type { Log } from '../../runtime/log.ts'
import type { Refusal } from '../../telephony/call.ts'
import { type Identity, readIdentity, pollIdentity } from '../../pki/identity.ts'
import { createMedia } from '../../telephony/media/media.ts'
import { createUserAgent, type UserAgent } from '../../telephony/user-agent.ts'
import { field } from '../../wire/sip/serialise.ts'
import { listenAtClosedPort } from '../../listeners/closed-port.ts'
import { readBot } from './bot-configuration-file.ts'
import { type Calls, createCalls } from './call-admission.ts'
import { startCallSession } from '../session/call-session.ts'
import { createMediaWatch } from '../session/media-watchdog.ts'
import type { VoiceConfig } from '../config.ts'
import { countNotOpen } from '../../webclient/egress-metric.ts'
import { egressOf } from '../../webclient/egress-policy.ts'
import { createEgressNotes, mediaPolicy } from './egress-notes.ts'
import { listenHealth } from './http-server.ts'
import { createVoiceMetrics, type VoiceMetrics } from '../metrics.ts'
import { createDrillLanes, type DrillLanes } from '../http/drill-lanes.ts'
import { openOperations, type Operations } from '../http/operations.ts'
import { openRecordKeeping, type RecordKeeping } from './record-keeping.ts'
import { obstacles } from './readiness.ts'
import { warmUp } from './warmup.ts'
import { viewState } from './state.ts'
import { createTestCalls } from './test-calls.ts'
import { createTestRequests } from './test-requests.ts'
import { createEdges } from '../transfer/known-edges.ts'
import { createPutThrough } from '../transfer/put-through.ts'
import { openTurnTap } from '../turn-tap/turn-tap.ts'
import { loadVoiceModel } from '../vad/silero.ts'
import { openVoice, type Voice } from './bot-services.ts'

/** How often the mounted certificate is looked at. A kubelet brings a new one within a minute or so. */
const LOOK_EVERY_MS = 2_000
/** For peers to close their side after we closed ours. */
const CLOSE_MS = 1_000
/** For the records of the last calls to be taken. What is not taken then is lost. */
const DELIVER_MS = 5_000
/** Seconds after which it is worth asking a draining or full pod again. */
const RETRY_AFTER_SECONDS = 10

export interface Pod {
  readonly sipsPort: number
  readonly plainSipPort: number | undefined
  readonly healthPort: number
  /** Takes no new call from now on; resolves when the last has ended and all is closed. A second call waits for the same end. */
  drain(): Promise<void>
}

/** Opens the pod's ports and carries calls until it is drained. @throws Error that names what is missing and the cure */
export async function startPod(config: VoiceConfig, clock: Clock, log: Log): Promise<Pod> {
  const bot = await readBot(config.botFolder, config.installationRegions)
  let identity = await readIdentity(config.tlsFolder)
  let isListening = false
  // Test calls alone: whom a caller is put through to is called by the session of the caller.
  const originate: UserAgent['originate'] = (call) => agent.originate(call)
  const parts = await openParts({ bot, config, identity, clock, log, originate })
  const { media, model, clearing, turnTap, voice, calls, tests, edges, operations, callParts } = parts
  const { delivery } = parts.keeping
  const closed = await listenAtClosedPort(config.closedPort)
  const health = await listenHealth({
    port: config.healthPort,
    identity,
    observers: config.observers,
    pages: {
      obstacles: () => obstacles({ ...whatIs(voice, calls), isListening, now: clock.wall(), ...identity }),
      ...pagesOf(parts, closed.port),
    },
  })
  await warmUp({ ...config, calls: config.rehearsalCalls, bot, identity, model, clock, log })
  const agent = await createUserAgent({
    host: config.podIp,
    listen: { tls: { port: config.sipsPort }, ...plainPorts(config) },
    tls: { identity, peers: config.peers },
    clock,
    log,
    admit(method, peer) {
      edges.note(peer)
      return admit(method, calls, voice)
    },
    // A call is admitted only if there is a conversation flow for it.
    onCall: (incoming) => calls.take(startCallSession(incoming, { ...callParts, ...voice.now! })),
  })
  isListening = true
  const endWatch = pollIdentity({
    folder: config.tlsFolder,
    current: identity,
    clock,
    everyMs: LOOK_EVERY_MS,
    log,
    onChange: (renewed) => {
      for (const user of [agent, health, voice, delivery]) user.renew(renewed)
      identity = renewed
      log.info({ notAfter: instantOf(renewed.notAfter) }, 'the TLS certificate was renewed')
    },
  })
  const ports = { sipsPort: agent.ports.tls!, plainSipPort: agent.ports.udp, healthPort: health.port }
  log.info(ports, 'ready for calls')

  async function leave(): Promise<void> {
    log.info({ calls: calls.live }, 'draining')
    // Long enough for every edge to hear the 503, and for the last call.
    const linger = pause(clock, config.lingerSeconds * 1_000)
    await Promise.all([linger, calls.leave(bot.drain.deadlineSeconds * 1_000), leaveTests(tests)])
    for (const end of [endWatch, clearing.close]) end()
    await Promise.all([agent.close(CLOSE_MS), delivery.close(DELIVER_MS)])
    await Promise.all([media, voice, operations, turnTap, health, closed].map((each) => each.close()))
    log.info({}, 'drained')
  }
  let drained: Promise<void> | undefined
  return { ...ports, drain: () => (drained ??= leave()) }
}

type Parts = Awaited<ReturnType<typeof openParts>>

/** What calls are carried with. */
async function openParts(o: {
  bot: BotConfiguration
  config: VoiceConfig
  identity: Identity
  clock: Clock
  log: Log
  originate: UserAgent['originate']
}) {
  const { bot, config, clock, log } = o
  const places = bot.capacity.callsPerPod
  // A caller who is put through has a second party.
  const ports = { from: config.mediaPort, to: config.mediaPort + 4 * places - 1 }
  const media = createMedia({
    address: config.podIp,
    ports,
    denied: config.deniedCidrs,
    allowed: config.mediaCidrs,
    admits: mediaPolicy(config),
    clock,
    log,
  })
  const overwrite = () => overwriteParser(log)
  await overwrite()
  const collect = createMemoryCollector(overwrite)
  const clearing = createMemoryClearing({ clock, isIdle: () => calls.live === 0, collect })
  const calls = createCalls({ places, clock, onTaken: () => testCalls.makeRoom(), onEnded: () => clearing.ended() })
  const model = await loadVoiceModel()
  const turnTap = await openTurnTap(config.turnsSocket, clock, log)
  const metrics: VoiceMetrics = createVoiceMetrics({
    calls: () => calls.live,
    capacity: () => places,
    testCalls: () => testCalls.live,
    pace: () => media.pace(),
    vad: () => model.counts,
    listeners: () => turnTap.listeners,
    prompts: () => voice.now?.prompts.counts ?? { here: 0, all: 0 },
    endpoints: () => operations.view(),
    backlog: () => keeping.delivery.backlog,
  })
  const egress = egressOf(config, createEgressNotes({ log, onNoted: countNotOpen(metrics.registry) }))
  const voice: Voice = await openVoice({ ...o, egress, random: Math.random, observe: metrics.speech })
  const tools = { ...o, ...bot, ...config, egress, random: Math.random }
  const operations: Operations = openOperations({ ...tools, watch: metrics.operations })
  const lanes: DrillLanes = createDrillLanes(tools)
  const testRequests = createTestRequests({ lanes, clock, ended: metrics.testRequest })
  const edges = createEdges({ names: edgeNames(config), port: config.edgePort, plain: config.plainEdge, clock })
  const watchMedia = config.isRelayed ? createMediaWatch({ clock, log, edges }) : undefined
  const putThrough = createPutThrough({ ...tools, media, edges, metrics, watchMedia })
  const { client, askModel } = voice
  const onChange = (collect: readonly string[]) => calls.happen({ type: 'PolicyChanged', collect })
  const keeping: RecordKeeping = openRecordKeeping({ ...tools, observe: metrics, onChange })
  const { policy, keeper } = keeping
  const common = { keeper, bot, model, media, watchMedia, turnTap, metrics, clock, log, policy: () => policy.current }
  const callParts = { ...common, client, askModel, putThrough, requestOperation: operations.call }
  const testCalls = createTestCalls({ ...o, ...config, media, calls, edges, metrics })
  const tests = { testCalls, testRequests, lanes }
  return { media, model, clearing, turnTap, metrics, voice, calls, tests, edges, operations, keeping, callParts }
}

const pagesOf = ({ voice, calls, operations, keeping: { policy }, metrics, tests }: Parts, closedPort: number) => ({
  state: () =>
    viewState(calls, voice.client.health(), voice, operations.view(), policy.told, tests.lanes.view(), closedPort),
  order: (text: string) => policy.take(text),
  metrics: async () => ({ type: metrics.registry.contentType, text: await metrics.registry.metrics() }),
  ...tests,
})

const leaveTests = ({ testCalls, lanes, testRequests }: Parts['tests']) =>
  Promise.all([testCalls.leave(), lanes.close(), testRequests.leave()])

const plainPorts = ({ plainSipPort: port }: VoiceConfig) => (port === undefined ? {} : { udp: { port }, tcp: { port } })

/** The operator speaks SIP with pods too, but takes no calls. */
const edgeNames = ({ peers, observers }: VoiceConfig) => peers.filter((name) => !observers.includes(name))

const whatIs = (voice: Voice, calls: Calls) => ({
  isDraining: calls.isLeaving,
  canGreet: voice.canGreet,
  hasDialog: voice.now !== undefined,
  failsTest: voice.failedTest !== undefined,
  isPlayingTests: voice.isPlayingTests,
})

/** Why a request is turned away at once, without state: the edge tries the next pod. */
function admit(method: 'INVITE' | 'OPTIONS', calls: Calls, voice: Voice): Refusal | undefined {
  const isFull = method === 'INVITE' && calls.isFull
  if (!calls.isLeaving && !isFull && voice.now !== undefined) return undefined
  if (isFull && !calls.isLeaving) calls.refused()
  return { status: 503, headers: [field('Retry-After', RETRY_AFTER_SECONDS)] }
}
