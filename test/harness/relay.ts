/** The media relay of an edge, rtpengine of Debian's packages, with its guard, as their pod runs them. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { unpackRtpengine } from '../../hack/calls/debian.ts'
import { repo } from '../../hack/cluster/settings.ts'
import { guardRules, octetsOf } from '../../src/edge/render/guard-rules.ts'
import {
  CONTROL_PORT,
  GUARD_RULES,
  type MediaPorts,
  renderPublicAddress,
  renderRelay,
} from '../../src/edge/render/relay.ts'
import { type EgressPolicy, DEFAULT_EGRESS } from '../../src/rules/egress.ts'
import { replaceFile } from '../../src/edge/apply/replace-file.ts'
import { systemClock as clock } from '../../src/runtime/system-clock.ts'
import { createRelayRpc } from '../../src/telephony/relay-rpc.ts'
import { eventually } from './eventually.ts'

export interface Relay {
  readonly pid: number | undefined
  start(): Promise<void>
  /** SIGKILL. */
  stop(): Promise<void>
  signal(signal: NodeJS.Signals): void
  /** What the guard judges by from now on. */
  judgeBy(egress: EgressPolicy): void
  /** Ends relay and guard. */
  close(): Promise<void>
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
  const key = 'of-this-rig'
  writeFileSync(config, renderRelay({ podIp: address, publicAddress, outside, loopback: address }))
  writeFileSync(join(folder, 'public-address.cfg'), renderPublicAddress(publicAddress, key))
  const judgeBy = (egress: EgressPolicy) => {
    const settings = { podIp: address, relay: { deniedCidrs: [], mediaCidrs: [] } }
    const fixed = { key, own: octetsOf([address, publicAddress]) }
    const rules = guardRules(fixed, settings, { egress, pods: [], testCallers: [] })
    // Where the edge is reached at its own address of loopback, callers are there too: their media may.
    const text = JSON.stringify({ ...rules, isOnLoopback: publicAddress === address })
    replaceFile(join(folder, GUARD_RULES), text, 0o600)
  }
  judgeBy(DEFAULT_EGRESS)
  const guard = await startGuard(folder, address)
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
        if ((await control.ask({ command: 'ping' })) === undefined) throw new Error(`no relay: ${output}`)
      }, 40)
    },
    async stop() {
      if (!child || child.exitCode !== null || child.signalCode !== null) return
      const ended = once(child, 'exit')
      child.kill('SIGKILL')
      await ended
    },
    signal(signal) {
      child?.kill(signal)
      // On a busy machine its threads go on for a moment.
      while (signal === 'SIGSTOP' && !/^State:\tT/m.test(readFileSync(`/proc/${child?.pid}/status`, 'latin1'))) continue
    },
    async sessions() {
      // Not by `list`, which names 32 calls at most.
      const answer = (await control.ask({ command: 'statistics' })) as Statistics | undefined
      return answer?.statistics.currentstatistics.sessionstotal ?? 0
    },
    judgeBy,
    async close() {
      await relay.stop()
      control.close()
      guard.kill('SIGKILL')
    },
    said: () => output,
  }
  await relay.start()
  return relay
}

/** The program that stands before the relay, in a process of its own: a test that computes holds up no call. */
async function startGuard(folder: string, address: string): Promise<ChildProcess> {
  const command = ['--pdeathsig', 'KILL', process.execPath, join(repo, 'src/main.ts'), 'media-guard']
  const level = process.env['CALLBOT_LOG_LEVEL'] ?? 'info'
  const guard = spawn('setpriv', command, {
    env: {
      ...process.env,
      ...{ CALLBOT_EDGE_SOCKET: join(folder, 'ctl.sock'), CALLBOT_LOOPBACK: address },
      ...{ CALLBOT_GUARD_HEALTH_PORT: '0', CALLBOT_LOG_LEVEL: level },
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  // It says that it takes orders; the rest is for who looks for a reason.
  await once(guard.stdout, 'data')
  guard.stdout.on('data', (chunk) => level === 'debug' && process.stderr.write(chunk as Buffer))
  return guard
}
