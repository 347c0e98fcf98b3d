import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { z } from 'zod'
import { botConfigurationSchema } from '../../src/api/bot-configuration.ts'
import { createAuthority, type Authority } from './authority.ts'
import { imageEnv, imageFlags, imageOptions } from './image-flags.ts'

/** A bot pod of this checkout as a process of its own on loopback, with the flags that its image has. */
export interface VoicePod {
  pid: number
  authority: Authority
  sipsPort: number
  plainSipPort: number | undefined
  healthPort: number
  /** What it logged so far. */
  log(): string
  /** Where `listen` hears its turns. */
  turnsSocket: string
  /** Takes no new calls, waits for those that it has, ends. Resolves with the exit code. */
  drain(): Promise<number | null>
  /** Ends it at once. */
  kill(): Promise<void>
}

export interface VoicePodOptions {
  folder: string
  bot: z.input<typeof botConfigurationSchema>
  /** SIP over UDP and TCP too, where anybody may speak. */
  plainSip?: boolean
  mediaPort?: number
  address?: string
  env?: Record<string, string>
  /** Default: one of its own. */
  authority?: Authority
  /** Default: `clinic`. */
  namespace?: string
}

export const NAME = 'town-hall.clinic.svc'
export const EDGE = 'callbot-edge.callbot-system.svc'
export const OPERATOR = 'callbot-operator.callbot-system.svc'
/** Flags of Node, and variables, by which the memory of a pod is small and overwritten. */
export const podFlags = [...imageOptions, ...imageFlags]
export const podEnv = imageEnv
const READY_SECONDS = 20

/** Starts it and resolves when it takes calls. */
export async function startVoicePod(options: VoicePodOptions): Promise<VoicePod> {
  const { folder, bot, plainSip = false, mediaPort = 16_384, address = '127.0.0.1', env = {} } = options
  const { authority = createAuthority('test CA'), namespace = 'clinic' } = options
  write(folder, bot, authority, `town-hall.${namespace}.svc`)
  const turnsSocket = join(folder, 'turns.sock')
  const child = spawn(process.execPath, [...podFlags, 'src/main.ts', 'voice'], {
    env: {
      ...process.env,
      ...podEnv,
      ...{ CALLBOT_NAME: 'town-hall', CALLBOT_NAMESPACE: namespace, POD_NAME: 'town-hall-1', POD_IP: address },
      ...{ CALLBOT_TLS_DIR: join(folder, 'tls'), CALLBOT_BOT_DIR: join(folder, 'bot') },
      ...{ CALLBOT_SIPS_PORT: '0', CALLBOT_HEALTH_PORT: '0', CALLBOT_CLOSED_PORT: '0', CALLBOT_LINGER_SECONDS: '0' },
      ...{ CALLBOT_MEDIA_PORT: String(mediaPort), CALLBOT_TURNS_SOCKET: turnsSocket },
      ...(plainSip ? { CALLBOT_PLAIN_SIP_PORT: String(await freePort()) } : {}),
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const log = collect(child)
  const ready = await untilReady(child, log)
  const exit = once(child, 'exit')
  return {
    ...{ pid: child.pid!, authority, log, turnsSocket, ...ready },
    async drain() {
      child.kill('SIGTERM')
      return ((await exit) as [number | null])[0]
    },
    async kill() {
      child.kill('SIGKILL')
      await exit
    },
  }
}

function write(folder: string, bot: VoicePodOptions['bot'], authority: Authority, name: string): void {
  for (const name of ['tls', 'bot']) mkdirSync(join(folder, name), { recursive: true })
  const { cert, key } = authority.issue([name])
  writeFileSync(join(folder, 'tls', 'tls.crt'), cert)
  writeFileSync(join(folder, 'tls', 'tls.key'), key, { mode: 0o600 })
  writeFileSync(join(folder, 'tls', 'ca.crt'), authority.cert)
  // As the operator writes it: defaults filled in.
  writeFileSync(join(folder, 'bot', 'bot.json'), JSON.stringify(botConfigurationSchema.parse(bot)))
}

function collect(child: ChildProcess): () => string {
  let text = ''
  const add = (chunk: Buffer) => (text += chunk)
  child.stdout!.on('data', add)
  child.stderr!.on('data', add)
  return () => text
}

type Ports = Pick<VoicePod, 'sipsPort' | 'plainSipPort' | 'healthPort'>

async function untilReady(child: ChildProcess, log: () => string): Promise<Ports> {
  const deadline = performance.now() + READY_SECONDS * 1000
  for (;;) {
    const line = log()
      .split('\n')
      .find((text) => text.includes('"msg":"ready for calls"'))
    if (line !== undefined) return JSON.parse(line) as Ports
    if (child.exitCode !== null || performance.now() > deadline) {
      child.kill('SIGKILL')
      throw new Error(`the voice pod does not get ready:\n${log().slice(-3000)}`)
    }
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** The same for UDP and TCP, so 0 will not do. */
async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as { port: number }
  probe.close()
  await once(probe, 'close')
  return port
}
