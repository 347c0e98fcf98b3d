/** Callers outside the cluster: baresip, each a process in a network namespace that has no route to pods. */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { EDGE_NAME } from '../../hack/calls/edges.ts'
import { places } from '../../hack/cluster/outside.ts'
import {
  edgeOf,
  isTls,
  numberOf,
  type OutsideCall,
  type OutsideCaller,
  type OutsideProgram,
} from './outside-callers.ts'

/** What the process is started with, as JSON. */
export interface BaresipCaller {
  folder: string
  user: string
  uri: string
  transport: 'udp' | 'tls'
  srtp: 'Mandatory' | 'None'
  names: Record<string, string[]>
  ca?: string
  speaksAfterSeconds: number
}

const PROGRAM = join(import.meta.dirname, 'outside-baresip-process.ts')

const settingsOf = (caller: OutsideCaller): BaresipCaller => {
  const { kind, number, folder, ca, speaksAfterSeconds } = caller
  const to = edgeOf(caller)
  return {
    ...{ folder, user: numberOf(caller), transport: kind.transport, srtp: kind.srtp },
    ...{ names: { [EDGE_NAME]: [to] }, speaksAfterSeconds, ...(isTls(caller) && { ca }) },
    uri: isTls(caller) ? `sip:${number}@${EDGE_NAME}:5061;transport=tls` : `sip:${number}@${to}:5060;transport=udp`,
  }
}

/** It speaks once it has heard the bot and its time has come. */
export const callByBaresip: OutsideProgram = async (caller) => {
  const { netns } = places[caller.kind.place]
  const command = [`--net=/run/netns/${netns}`, process.execPath, PROGRAM, JSON.stringify(settingsOf(caller))]
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', 'nsenter', ...command], { stdio: ['ignore', 'pipe', 'pipe'] })
  let [said, errors] = ['', '']
  child.stdout.on('data', (chunk) => (said += String(chunk)))
  child.stderr.on('data', (chunk) => (errors += String(chunk)))
  await new Promise((resolve) => child.once('close', resolve))
  const line = said.trim().split('\n').at(-1) ?? ''
  if (!line.startsWith('{')) throw new Error(`the caller ended early: ${errors.slice(-1500)}`)
  return JSON.parse(line) as OutsideCall
}
