import { describeBug } from '../../runtime/redacted-error.ts'
import { X509Certificate } from 'node:crypto'
import type { BotConfiguration } from '../../api/bot-configuration.ts'
import { flowSchema } from '../../api/flow.ts'
import { type Clock, pause } from '../../runtime/clock.ts'
import { type Log, silent } from '../../runtime/log.ts'
import type { Identity } from '../../pki/identity.ts'
import { createMedia } from '../../telephony/media/media.ts'
import type { Media } from '../../telephony/media/types.ts'
import { provenNames } from '../../pki/peer-names.ts'
import { createUserAgent, type UserAgent } from '../../telephony/user-agent.ts'
import { startCallSession, type CallDependencies } from '../session/call-session.ts'
import { FRAME_SAMPLES, SAMPLE_RATE } from '../pipeline/frames.ts'
import { openFlowLoader } from '../flow/flow-loader.ts'

/*
 * A pod calls itself before anybody else does. The first calls of a fresh process take ten times as long to answer as later ones, because
 * nothing is compiled yet; at 100 calls a second each would wait for those before it. So they are calls of our own, over loopback, through
 * everything that a call goes through: TLS, SIP, SDP, SRTP, frames, the model of voices. What is run once a call is compiled after some
 * hundreds of them, what is run once a frame far sooner: so most of them end as soon as they are answered.
 */

const HOST = '127.0.0.1'
/** Calls at a time: few enough that none of them waits long. */
const AT_ONCE = 4
/** Of so many calls of a caller the first one talks. */
const ONE_TALKS_OF = 16
/** How long it talks: the answer, some frames both ways, a window for the model. */
const TALK_MS = 120
/** A pod that can't warm up is slow at first, but it is there. */
const PATIENCE_MS = 5_000

/** What is said there: nothing that would ask a customer's system, a speech server or a trunk. */
const DIALOG = flowSchema.parse({
  start: 'question',
  steps: [
    { name: 'question', ask: { text: 'Oui ?', field: 'wish', slot: { type: 'FreeText' } }, next: 'end' },
    { name: 'end', hangUp: {} },
  ],
})

/** A hum, loud enough for the gate. */
const HUM = Int16Array.from({ length: SAMPLE_RATE }, (_, at) => Math.round(6_000 * Math.sin((Math.PI * at) / 20)))

/**
 * Resolves when the calls are over, or after five seconds. Never rejects: what went wrong is logged.
 * @param o.calls how many; 0: none
 * @param o.mediaPort the first of 16 UDP ports on loopback
 */
export async function warmUp(o: {
  calls: number
  bot: BotConfiguration
  identity: Identity
  model: CallDependencies['model']
  mediaPort: number
  clock: Clock
  log: Log
}): Promise<void> {
  const { calls, clock, log } = o
  if (calls === 0) return
  const from = clock.monotonic()
  try {
    const done = await play(await openAgents(o), calls)
    log.info({ calls: done, milliseconds: Math.round(clock.monotonic() - from) }, 'rehearsed')
  } catch (error) {
    log.warn(describeBug(error), 'the warm-up failed; the first calls will be slower')
  }
}

/** Resolves with how many calls were made in the time that there was. */
async function play(stage: WarmUpAgents, calls: number): Promise<number> {
  const over = new AbortController()
  let done = 0
  const callers = Array.from({ length: AT_ONCE }, async (_, caller) => {
    for (let call = caller; call < calls && !over.signal.aborted; call += AT_ONCE) {
      await callOnce(stage, Math.floor(call / AT_ONCE) % ONE_TALKS_OF === 0)
      done++
    }
  })
  try {
    await Promise.race([Promise.all(callers), pause(stage.clock, PATIENCE_MS, over.signal)])
    return done
  } finally {
    over.abort()
    await Promise.all([stage.caller.close(0), stage.callee.close(0), stage.media.close()])
  }
}

interface WarmUpAgents {
  readonly caller: UserAgent
  readonly callee: UserAgent
  readonly media: Media
  readonly bot: BotConfiguration
  readonly identity: Identity
  readonly name: string
  readonly clock: Clock
}

async function openAgents(o: Parameters<typeof warmUp>[0]): Promise<WarmUpAgents> {
  const { identity, clock, mediaPort } = o
  const [name] = provenNames(new X509Certificate(identity.cert).subjectAltName)
  if (name === undefined) throw new Error('the certificate has no DNS name')
  const ports = { from: mediaPort, to: mediaPort + 4 * AT_ONCE - 1 }
  const media = createMedia({ address: HOST, ports, clock, log: silent })
  const dependencies = await warmUpDependencies({ ...o, media })
  const common = { host: HOST, clock, log: silent, tls: { identity, peers: [name] } }
  const callee = await createUserAgent({
    ...common,
    listen: { tls: { port: 0 } },
    admit: () => undefined,
    onCall: (incoming) => void startCallSession(incoming, dependencies),
  })
  const caller = await createUserAgent({
    ...common,
    listen: {},
    admit: () => ({ status: 603 }),
    onCall: (incoming) => incoming.refuse(603),
  })
  return { ...o, media, caller, callee, name }
}

/** A place as the pod's calls have it, but for what counts, tells and asks. */
async function warmUpDependencies({
  bot,
  media,
  model,
  clock,
}: Pick<CallDependencies, 'bot' | 'media' | 'model' | 'clock'>): Promise<CallDependencies> {
  let flow: CallDependencies['flow'] | undefined
  const flows = await openFlowLoader({
    bot: { ...bot, dialog: DIALOG, tests: [] },
    clock,
    log: silent,
    onChange: (prepared) => void (flow = prepared.flow),
  })
  flows.close()
  return {
    ...{ bot, model, media, clock, log: silent, flow: flow! },
    turnTap: { write: () => {} },
    metrics: { answered: () => {}, ended: () => {}, turn: () => {} },
    prompts: { get: () => HUM, render: () => Promise.resolve(HUM) },
    client: { transcribe: () => Promise.resolve('oui') },
    askModel: () => Promise.resolve({}),
    requestOperation: () => Promise.resolve({ outcome: 'Failed', output: {} }),
    putThrough: () => Promise.resolve(undefined),
    apology: () => [HUM],
    policy: () => ({ collect: [], callMetadata: 'NotKept' }),
  }
}

async function callOnce(stage: WarmUpAgents, talks: boolean): Promise<void> {
  const { caller, callee, media, bot, identity, name, clock } = stage
  let at = 0
  const offered = await media.offer(bot.media, {
    onFrame: () => {
      if (!('session' in offered)) return
      offered.session.send(HUM.subarray(at, at + FRAME_SAMPLES))
      at = (at + FRAME_SAMPLES) % HUM.length
    },
  })
  if (offered.kind === 'refused') throw new Error(offered.because)
  const { session, body } = offered
  try {
    const placed = await caller.originate({
      uri: `sip:rehearsal@${name}`,
      hop: { transport: 'TLS', host: HOST, port: callee.ports.tls!, tls: { ...identity, names: [name] } },
      from: `<sip:rehearsal@${name}>`,
      body: { type: 'application/sdp', content: body },
      timeoutMs: 2 * PATIENCE_MS,
    })
    if (!placed.ok) throw new Error(`answered with ${placed.status}`)
    session.complete(placed.dialog.remoteBody!.content)
    session.start()
    if (talks) await pause(clock, TALK_MS)
    await placed.dialog.bye()
  } finally {
    await session.close()
  }
}
