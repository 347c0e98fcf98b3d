/** What is on the wire, seen by Wireshark's dumpcap: an outside witness. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { host } from '../cluster/settings.ts'
import { pause } from '../cluster/shell.ts'

export interface CaptureOptions {
  /** Where the packets go, in pcap format. */
  file: string
  /** Network interface, or `any`. */
  networkInterface: string
  /** Filter as tcpdump knows it. */
  filter: string
  /** Octets that are kept of each packet; absent: all. */
  snapLength?: number
  /** Network namespace in /run/netns to look in; absent: the one of this process. */
  netns?: string
}

export interface Capture {
  /** Ends it and says how many packets the kernel couldn't hand over: with any, the capture proves nothing. */
  stop(): Promise<{ dropped: number }>
}

/** Resolves when packets are being captured. */
export async function startCapture(options: CaptureOptions): Promise<Capture> {
  const { file, networkInterface, filter, snapLength, netns } = options
  const into = netns === undefined ? [] : ['nsenter', `--net=/run/netns/${netns}`]
  const limits = snapLength === undefined ? [] : ['-s', `${snapLength}`]
  const dumpcap = ['dumpcap', '-q', '-P', '-B', '64', '-i', networkInterface, '-f', filter, '-w', file, ...limits]
  const [command, ...args] = [...into, ...dumpcap]
  const child = spawn(command!, args, { stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => (said += chunk))
  const exit = once(child, 'exit')
  // "File: NAME" is its word for a socket that is open.
  while (!said.includes('File:')) {
    if (child.exitCode !== null) throw new Error(`dumpcap does not capture: ${said}`)
    await pause(20)
  }
  return {
    async stop() {
      await pause(200) // the kernel hands packets over in batches
      child.kill('SIGINT')
      await exit
      return { dropped: droppedOf(said) }
    },
  }
}

/** Ends a capture that has to be whole. @throws when packets were missed: the count would prove nothing */
export async function stopComplete(capture: Capture): Promise<void> {
  const { dropped } = await capture.stop()
  if (dropped > 0) throw new Error(`the witness missed ${dropped} packets: its count proves nothing`)
}

/** Captures the heads of what comes to callers at this machine. @param ports as FIRST-LAST */
export const captureVoice = (file: string, ports: string): Promise<Capture> =>
  startCapture({
    ...{ file, networkInterface: host.link, snapLength: 64 },
    filter: `udp and dst host ${host.address} and dst portrange ${ports}`,
  })

/** "Packets received/dropped on interface 'lo': 302/0 (pcap:0/dumpcap:0/flushed:0/ps_ifdrop:0) (100.0%)" */
export function droppedOf(said: string): number {
  const counts = [...said.matchAll(/received\/dropped on interface .*?: (\d+)\/(\d+)/g)]
  if (counts.length === 0) throw new Error(`dumpcap does not say what it dropped: ${said}`)
  return counts.reduce((sum, [, , dropped]) => sum + Number(dropped), 0)
}
