/** One `up`, `down` or `images` at a time. A lock names its holder, so a dead holder's lock is no lock. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { bootId, startTimeOf } from './daemons.ts'
import { say } from './progress.ts'
import { cacheDir, instance } from './settings.ts'
import { pause } from './shell.ts'

const me = () => [process.pid, startTimeOf(process.pid), bootId()].join(' ')

/** Waits for its turn (says for whom), works, and gives the lock back: that of this cluster, unless another is named. */
export async function withLock<T>(work: () => Promise<T>, name = `lock-${instance}`): Promise<T> {
  const file = join(cacheDir, name)
  mkdirSync(dirname(file), { recursive: true })
  let said = false
  while (!take(file)) {
    const holder = livingHolder(file)
    if (holder === undefined) rmSync(file, { force: true })
    else if (!said) say(`waiting for process ${holder}, which has ${name}`)
    said ||= holder !== undefined
    await pause(100)
  }
  try {
    return await work()
  } finally {
    rmSync(file, { force: true })
  }
}

/** Does what has to be done once on this machine, whoever asks first; the others wait for that. */
export async function once(isDone: () => boolean, work: () => Promise<void>, name: string): Promise<void> {
  if (isDone()) return
  await withLock(async () => {
    if (!isDone()) await work()
  }, name)
}

function take(file: string): boolean {
  try {
    writeFileSync(file, me(), { flag: 'wx' })
    return true
  } catch {
    return false
  }
}

function livingHolder(file: string): string | undefined {
  try {
    const [pid, startTime, boot] = readFileSync(file, 'utf8').split(' ')
    if (boot === undefined) return 'unknown' // being written this very moment
    return boot === bootId() && startTimeOf(Number(pid)) === startTime ? pid : undefined
  } catch {
    return undefined
  }
}
