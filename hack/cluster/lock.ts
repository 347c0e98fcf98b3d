/** One `up`, `down` or `images` at a time. The lock names its holder, so a dead holder's lock is no lock. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { bootId, startTimeOf } from './daemons.ts'
import { say } from './progress.ts'
import { cacheDir, instance } from './settings.ts'
import { pause } from './shell.ts'

const file = join(cacheDir, `lock-${instance}`)
const me = () => [process.pid, startTimeOf(process.pid), bootId()].join(' ')

/** Waits for its turn (says for whom), works, and gives the lock back. */
export async function exclusively<T>(work: () => Promise<T>): Promise<T> {
  mkdirSync(dirname(file), { recursive: true })
  let told = false
  while (!take()) {
    const holder = livingHolder()
    if (holder === undefined) rmSync(file, { force: true })
    else if (!told) say(`waiting for process ${holder}, which is working on the cluster`)
    told ||= holder !== undefined
    await pause(100)
  }
  try {
    return await work()
  } finally {
    rmSync(file, { force: true })
  }
}

function take(): boolean {
  try {
    writeFileSync(file, me(), { flag: 'wx' })
    return true
  } catch {
    return false
  }
}

function livingHolder(): string | undefined {
  try {
    const [pid, startTime, boot] = readFileSync(file, 'utf8').split(' ')
    if (boot === undefined) return 'unknown' // being written this very moment
    return boot === bootId() && startTimeOf(Number(pid)) === startTime ? pid : undefined
  } catch {
    return undefined
  }
}
