/** Callers outside the cluster, each a process in a network namespace that has no route to pods. */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { places, type Place } from '../../hack/cluster/outside.ts'

export interface OutsideCaller {
  folder: string
  user: string
  uri: string
  transport: 'udp' | 'tls'
  srtp: 'Mandatory' | 'None'
  names: Record<string, string[]>
  ca?: string
  /** From the moment that the bot is heard until the caller is put through. */
  untilEchoSeconds: number
  speakSeconds: number
}

export interface OutsideCall {
  problem: string | undefined
  /** Seconds with sound before the caller speaks: the bot's. */
  botSeconds: number
  /** And after: his own voice, which came back. */
  echoSeconds: number
  suite: string | undefined
  /** Root mean square of all that was heard. */
  loudness: number
}

const PROGRAM = join(import.meta.dirname, 'outside-caller-process.ts')

/** One call, from dialling to hanging up. */
export async function callFrom(place: Place, caller: OutsideCaller): Promise<OutsideCall> {
  const command = [`--net=/run/netns/${places[place].netns}`, process.execPath, PROGRAM, JSON.stringify(caller)]
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', 'nsenter', ...command], { stdio: ['ignore', 'pipe', 'pipe'] })
  let [said, errors] = ['', '']
  child.stdout.on('data', (chunk) => (said += String(chunk)))
  child.stderr.on('data', (chunk) => (errors += String(chunk)))
  await new Promise((resolve) => child.once('close', resolve))
  const line = said.trim().split('\n').at(-1) ?? ''
  if (!line.startsWith('{')) throw new Error(`the caller ended early: ${errors.slice(-1500)}`)
  return JSON.parse(line) as OutsideCall
}
