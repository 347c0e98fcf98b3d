/** Strangers who speak into calls: RTP at many ports, from a process of its own. */
import { fork, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

/** The audio that nobody must hear. */
export const SPRAYED = -9_000

export interface Sprayed {
  sent: number
  seconds: number
  /** Packets that came back. */
  reflected: number
}

export interface Sprayer {
  /** Resolves when all is sent. */
  readonly over: Promise<Sprayed>
  /** Ends it before. */
  stop(): Promise<Sprayed>
}

const PROGRAM = join(import.meta.dirname, 'sprayer-process.ts')

/**
 * @param o.targets ADDRESS:PORT or ADDRESS:FIRST-LAST, each in turn
 * @param o.netns what nsenter enters: a file of a network namespace; absent: this process's own
 */
export function startSprayer(o: {
  packets?: number
  perSecond: number
  targets: readonly string[]
  netns?: string
}): Sprayer {
  const args = [`${o.packets ?? Number.MAX_SAFE_INTEGER}`, `${o.perSecond}`, ...o.targets]
  const child: ChildProcess =
    o.netns === undefined
      ? fork(PROGRAM, args)
      : spawn('setpriv', ['--pdeathsig', 'KILL', 'nsenter', `--net=${o.netns}`, process.execPath, PROGRAM, ...args], {
          stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
        })
  const over = once(child, 'message').then(([told]) => told as Sprayed)
  return {
    over,
    stop() {
      child.send('stop')
      return over
    },
  }
}
