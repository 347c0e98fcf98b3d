/**
 * A caller made of baresip, a telephone that we didn't write: it dials, plays WAV files, presses keys (RFC 4733), records what
 * it hears and says how the call went. Commands and events pass its module ctrl_tcp.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pause, until } from '../cluster/shell.ts'
import { MEDIA_PORTS, renderAccount, renderConfig, type CallerSettings } from './baresip-config.ts'
import { freePort } from '../free-port.ts'
import { connectControl, type BaresipEvent, type Control } from './control.ts'
import { noActivity, followWav, type SoundActivity } from './sound-activity.ts'
import { startNameServer } from './names.ts'
import { join as joinSounds, saveSound, secondsOf, silence } from './sound.ts'

export type Outcome =
  /** The other side ended an established call. */
  | { ended: 'ByBot' }
  | { ended: 'ByCaller' }
  /** The call was never established. */
  | { ended: 'Refused'; status: number; reason: string }
  /** No answer could be had, or the call broke. */
  | { ended: 'Broken'; reason: string }

export interface CallerOptions extends CallerSettings {
  /** The user part of its own address: the number that the bot sees. */
  user: string
  /** Names that it may look up, with their IPv4 addresses. */
  names?: Record<string, readonly string[]>
}

export interface Baresip {
  /** @param uri as sip:+33199000001@name:5061;transport=tls */
  dial(uri: string): Promise<void>
  /** Plays samples once; resolves when they have been played. */
  say(samples: Int16Array): Promise<void>
  /** Presses keys, one after the other as a person does. */
  press(keys: string): Promise<void>
  /** What was heard until now. */
  heard(): SoundActivity
  hangUp(): Promise<void>
  /** Resolves once the call is over. */
  outcome: Promise<Outcome>
  /** Undefined until media flows encrypted: the suite, such as AES_CM_128_HMAC_SHA1_80. */
  suite(): string | undefined
  /** When the call was established and when it was over, in seconds since 1970; undefined: not yet. */
  times(): { from?: number; until?: number }
  /** First and last port at which it may hear. */
  mediaPorts: readonly [number, number]
  isEstablished(): boolean
  /** The end of what baresip printed. */
  log(): string
  /** Recording of what was heard, if there was a call. */
  recording(): string | undefined
  /** Ends the process. Harmless to repeat. */
  stop(): Promise<void>
}

/** A played file must be longer than any call: baresip hangs up at its end. */
const LONGEST_CALL_SECONDS = 400
const KEY_MS = 250

/** Starts baresip and resolves when it takes commands. */
export async function startBaresip(options: CallerOptions): Promise<Baresip> {
  const { folder } = options
  const server = await startNameServer(options.names ?? {})
  const ports = { control: await freePort(), nameServer: server.port, rtp: await freeUdpPair() }
  writeFiles(options, renderConfig(options, ports, modulePath()))
  // Ends with us, however we end: a caller who is left behind goes on calling.
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', 'baresip', '-4', '-v', '-f', folder], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const log = collect(child)
  const call = watchCall(folder)
  const control = await connectControl(ports.control, call.onEvent).catch(async (cause: Error) => {
    child.kill('SIGKILL')
    throw new Error(`${cause.message}; it said:\n${log().slice(-2000)}`, { cause })
  })
  void once(child, 'exit').then(() => call.broke('baresip ended'))
  let played = 0
  return {
    ...call.seen,
    log,
    mediaPorts: [ports.rtp, ports.rtp + MEDIA_PORTS],
    dial: async (uri) => void (await control.command('dial', uri)),
    async say(samples) {
      const file = join(folder, `say-${++played}.wav`)
      saveSound(file, joinSounds(samples, silence(LONGEST_CALL_SECONDS)))
      await control.command('ausrc', `aufile,${file}`)
      await pause(secondsOf(samples) * 1000)
    },
    async press(keys) {
      for (const key of keys) {
        await control.command('sndcode', key)
        await pause(KEY_MS)
      }
    },
    hangUp: () => call.hangUp(control),
    async stop() {
      control.close()
      server.close()
      if (child.exitCode !== null || child.signalCode !== null) return
      const exit = once(child, 'exit')
      child.kill('SIGKILL') // asked politely it would wait for its registrations
      await exit
    },
  }
}

/** Sorts baresip's events into what is known of the one call. */
function watchCall(folder: string) {
  const times: { from?: number; until?: number } = {}
  let suite: string | undefined
  let byCaller = false
  let ear: ReturnType<typeof followWav> | undefined
  const recording = () => {
    const name = readdirSync(folder).find((each) => each.endsWith('-dec.wav'))
    return name === undefined ? undefined : join(folder, name)
  }
  const { promise: outcome, resolve } = Promise.withResolvers<Outcome>()
  const onEvent = ({ type, param = '' }: BaresipEvent) => {
    if (type === 'CALL_ESTABLISHED') times.from = Date.now() / 1000
    if (type === 'CALL_MENC') suite = param.split(',').at(-1)
    if (type === 'CALL_CLOSED') {
      times.until = Date.now() / 1000
      resolve(outcomeOf(param, times.from !== undefined, byCaller))
    }
  }
  return {
    onEvent,
    broke: (reason: string) => resolve({ ended: 'Broken', reason }),
    async hangUp(control: Control) {
      byCaller = true
      await control.command('hangup')
    },
    seen: {
      outcome,
      suite: () => suite,
      times: () => ({ ...times }),
      isEstablished: () => times.from !== undefined,
      recording,
      heard(): SoundActivity {
        const file = recording()
        if (ear === undefined && file !== undefined) ear = followWav(file)
        return ear?.look() ?? noActivity
      },
    },
  }
}

/** What baresip says at the end of a call, in our words: `488 Not Acceptable Here`, `Connection reset by peer` (BYE). */
export function outcomeOf(param: string, established: boolean, byCaller: boolean): Outcome {
  const refusal = /^(\d{3})\s*(.*)$/.exec(param)
  if (refusal) return { ended: 'Refused', status: Number(refusal[1]), reason: refusal[2]! }
  if (byCaller) return { ended: 'ByCaller' }
  if (established && /^(Connection reset by peer)?$/.test(param)) return { ended: 'ByBot' }
  return { ended: 'Broken', reason: param || 'no reason given' }
}

function writeFiles(options: CallerOptions, config: string): void {
  const { folder, identity, ca, user } = options
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  writeFileSync(join(folder, 'config'), config)
  writeFileSync(join(folder, 'accounts'), renderAccount(options, user))
  writeFileSync(join(folder, 'contacts'), '')
  saveSound(join(folder, 'silence.wav'), silence(LONGEST_CALL_SECONDS))
  if (identity) writeFileSync(join(folder, 'identity.pem'), identity.cert + identity.key, { mode: 0o600 })
  if (ca) writeFileSync(join(folder, 'ca.pem'), ca)
}

/** Debian 12 and 13 differ in where modules lie. */
export function modulePath(): string {
  const found = ['/usr/lib/baresip/modules', '/usr/lib/x86_64-linux-gnu/baresip/modules'].find((path) =>
    existsSync(path),
  )
  if (found === undefined) throw new Error("baresip's modules are not installed: apt-get install baresip-core")
  return found
}

function collect(child: ChildProcess): () => string {
  let text = ''
  const add = (chunk: Buffer) => (text = (text + chunk).slice(-20_000))
  child.stdout!.on('data', add)
  child.stderr!.on('data', add)
  return () => text
}

/** An even UDP port whose neighbour is free too, most likely. */
async function freeUdpPair(): Promise<number> {
  const probe = createSocket('udp4').bind(0)
  await once(probe, 'listening')
  const { port } = probe.address()
  probe.close()
  return Math.min(port & ~1, 65_400)
}

/** Resolves when the call is established. @throws when it ends before, or nobody answers in time. */
export async function answered(caller: Baresip, seconds: number): Promise<void> {
  let over: Outcome | undefined
  void caller.outcome.then((outcome) => (over = outcome))
  await until('the call to be answered', seconds, () => caller.isEstablished() || over !== undefined)
  if (!caller.isEstablished()) throw new Error(`the call was not answered: ${JSON.stringify(over)}`)
}
