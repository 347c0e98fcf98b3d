/** A telephone that we didn't write, baresip, which answers each call over UDP and sends back what it hears. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { modulePath } from '../../hack/calls/baresip.ts'
import { eventually } from './eventually.ts'

export interface BaresipEcho {
  /** What it printed. */
  log(): string
  stop(): Promise<void>
}

export async function startBaresipEcho(o: {
  folder: string
  /** Of this machine, not loopback. */
  address: string
  port: number
  mediaPort: number
  codec: 'PCMA' | 'PCMU'
  /** Network namespace in /run/netns that has the address; by default this process's own. */
  netns?: string
}): Promise<BaresipEcho> {
  mkdirSync(o.folder, { recursive: true })
  const lines = [
    'poll_method epoll',
    `sip_listen ${o.address}:${o.port}`,
    ...['audio_player aubridge,nil', 'audio_source aubridge,nil', 'ausrc_srate 8000', 'auplay_srate 8000'],
    ...[`rtp_ports ${o.mediaPort}-${o.mediaPort + 99}`, 'jitter_buffer_delay 2-6', 'audio_buffer 20-160'],
    `module_path ${modulePath()}`,
    ...['g711', 'aubridge'].map((name) => `module ${name}.so`),
    ...['account', 'menu', 'echo'].map((name) => `module_app ${name}.so`),
  ]
  writeFileSync(join(o.folder, 'config'), `${lines.join('\n')}\n`)
  writeFileSync(
    join(o.folder, 'accounts'),
    `<sip:4000@${o.address}:${o.port};transport=udp>;regint=0;audio_codecs=${o.codec}/8000/1;answermode=manual\n`,
  )
  writeFileSync(join(o.folder, 'contacts'), '')
  const into = o.netns === undefined ? [] : ['nsenter', `--net=/run/netns/${o.netns}`]
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', ...into, 'baresip', '-4', '-v', '-f', o.folder], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let log = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (log += String(chunk)))
  await eventually(() => {
    if (!log.includes('baresip is ready')) throw new Error(`baresip is not ready: ${log}`)
  })
  return {
    log: () => log,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const exit = once(child, 'exit')
      child.kill('SIGKILL')
      await exit
    },
  }
}
