/** The media relay of an edge, rtpengine of Debian's packages, as its pod runs it. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { unpackRtpengine } from '../../hack/calls/debian.ts'
import { CONTROL_PORT, type MediaPorts, renderPublicAddress, renderRelay } from '../../src/edge/render/relay.ts'
import { systemClock as clock } from '../../src/runtime/system-clock.ts'
import { createRelayRpc } from '../../src/telephony/relay-rpc.ts'
import { eventually } from './eventually.ts'

export interface Relay {
  readonly pid: number | undefined
  start(): Promise<void>
  /** SIGKILL. */
  stop(): Promise<void>
  signal(signal: NodeJS.Signals): void
  /** Calls that it knows. */
  sessions(): Promise<number>
  /** All that it said. */
  said(): string
}

interface Statistics {
  statistics: { currentstatistics: { sessionstotal: number } }
}

/** Writes what proxy and relay read when they start, as the agent does, and starts the relay. */
export async function startRelay(
  folder: string,
  address: string,
  publicAddress: string,
  outside: MediaPorts = { first: 20_000, last: 20_199 },
): Promise<Relay> {
  const config = join(folder, 'relay.conf')
  writeFileSync(config, renderRelay({ podIp: address, publicAddress, outside, loopback: address }))
  writeFileSync(join(folder, 'public-address.cfg'), renderPublicAddress(publicAddress))
  const debian = await unpackRtpengine()
  const control = createRelayRpc({ address, port: CONTROL_PORT, clock, timeoutMs: 1_000 })
  let child: ChildProcess | undefined
  let output = ''
  const relay: Relay = {
    get pid() {
      return child?.pid
    },
    async start() {
      const command = debian.program('usr/bin/rtpengine')
      child = spawn('setpriv', ['--pdeathsig', 'KILL', ...command, `--config-file=${config}`], { stdio: 'pipe' })
      for (const stream of [child.stdout, child.stderr]) stream!.on('data', (chunk) => (output += String(chunk)))
      await eventually(async () => {
        if ((await control.ask('ping')) === undefined) throw new Error(`no relay: ${output}`)
      }, 40)
    },
    async stop() {
      if (!child || child.exitCode !== null || child.signalCode !== null) return
      const ended = once(child, 'exit')
      child.kill('SIGKILL')
      await ended
    },
    signal: (signal) => void child?.kill(signal),
    async sessions() {
      // Not by `list`, which names 32 calls at most.
      const answer = (await control.ask('statistics')) as Statistics | undefined
      return answer?.statistics.currentstatistics.sessionstotal ?? 0
    },
    said: () => output,
  }
  await relay.start()
  return relay
}
