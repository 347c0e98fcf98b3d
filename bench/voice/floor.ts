/** The floor of N1 on this machine: what `node:dgram` alone takes for the packets of calls, whoever uses it. */
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { pause } from '../../hack/cluster/shell.ts'
import { imageFlags } from '../../test/harness/image-flags.ts'
import { podEnv, podFlags } from '../../test/harness/pod-process.ts'
import { perCall } from './figures.ts'
import { cpuSeconds } from './process.ts'

/** Sockets of the process that is measured, and whether it overwrites the memory that it frees, as a bot pod does. */
export const FLOORS = {
  'a socket a call': { isShared: false, forgets: false },
  'a socket a call, memory overwritten': { isShared: false, forgets: true },
  'one socket, memory overwritten': { isShared: true, forgets: true },
} as const
export type Floor = keyof typeof FLOORS

const PORTS = { measured: 26_000, other: 27_000 }
const PROGRAM = new URL('./floor-process.ts', import.meta.url).pathname
const PACKETS_PER_SECOND = 50
const TOLERANCE = 0.02
const SETTLE_MS = 2_000

interface Counts {
  sent: number
  received: number
}

/** @returns percent of a core a call. @throws Error when packets were lost, or came late: less was measured than was meant */
export async function costOfFloor(which: Floor, o: { calls: number; seconds: number }): Promise<number> {
  const { isShared, forgets } = FLOORS[which]
  const sockets = isShared ? 1 : o.calls
  const other = start([o.calls, o.calls, PORTS.other, PORTS.measured, sockets], false)
  const measured = start([o.calls, sockets, PORTS.measured, PORTS.other, o.calls], forgets)
  try {
    await Promise.all([once(other, 'message'), once(measured, 'message')])
    await pause(SETTLE_MS)
    const [began, used, before] = [performance.now(), cpuSeconds(measured.pid!), await countsOf(measured)]
    await pause(o.seconds * 1_000)
    const after = await countsOf(measured)
    const seconds = (performance.now() - began) / 1_000
    for (const way of ['sent', 'received'] as const) {
      const rate = (after[way] - before[way]) / seconds / o.calls
      if (Math.abs(rate / PACKETS_PER_SECOND - 1) > TOLERANCE)
        throw new Error(`${which}: ${rate.toFixed(1)} packets a second were ${way} for each call`)
    }
    return perCall(cpuSeconds(measured.pid!) - used, seconds, o.calls)
  } finally {
    other.kill()
    measured.kill()
  }
}

function start(args: readonly number[], forgets: boolean): ChildProcess {
  const isOfMemory = (flag: string) => imageFlags.some((each) => each === flag)
  return fork(PROGRAM, args.map(String), {
    execArgv: podFlags.filter((flag) => forgets || !isOfMemory(flag)),
    env: forgets ? { ...process.env, ...podEnv } : process.env,
  })
}

async function countsOf(child: ChildProcess): Promise<Counts> {
  child.send('counts')
  return ((await once(child, 'message')) as [Counts])[0]
}
