import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { unpackKamailio, unpackRtpengine } from '../../../hack/calls/debian.ts'
import type { CaseResult, NamedCase } from './cases.ts'
import type { RoundOptions, RoundResult } from './round.ts'

export type Order = { round: RoundOptions } | { cases: readonly NamedCase[] }
export type Told = { round: RoundResult } | { cases: readonly CaseResult[] }

const PROGRAM = join(import.meta.dirname, 'round-process.ts')
/**
 * A network namespace in which every address is this machine's own, so that each packet passes `lo` wherever it goes, and nothing leaves. The
 * ports that the kernel gives out are none of the relay's.
 */
const SETUP = [
  'ip link set lo up',
  'ip route add local default dev lo',
  'echo "50000 60999" > /proc/sys/net/ipv4/ip_local_port_range',
  'exec "$@"',
].join(' && ')

export const playRoundApart = async (round: RoundOptions): Promise<RoundResult> =>
  ((await playApart({ round })) as { round: RoundResult }).round
export const playCasesApart = async (cases: readonly NamedCase[]): Promise<readonly CaseResult[]> =>
  ((await playApart({ cases })) as { cases: readonly CaseResult[] }).cases

/** In a process and a network namespace of its own, which end with this process. */
async function playApart(order: Order): Promise<Told> {
  // There is no network inside to fetch them by.
  await unpackKamailio()
  await unpackRtpengine()
  const inside = ['sh', '-c', SETUP, 'sh', process.execPath, PROGRAM, JSON.stringify(order)]
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', 'unshare', '--net', ...inside], {
    stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
  })
  let said = ''
  child.stderr!.on('data', (chunk: Buffer) => (said = `${said}${chunk}`.slice(-4_000)))
  let told: Told | undefined
  child.on('message', (message) => (told = message as Told))
  const code = await new Promise((resolve) => child.once('close', resolve))
  if (told === undefined) throw new Error(`the round ended with ${String(code)} and told nothing: ${said}`)
  return told
}
