import { readFileSync, statSync } from 'node:fs'
import type { Clock } from '../../runtime/clock.ts'
import type { GuardRules } from '../plan/relay-order.ts'

const LOOK_EVERY_MS = 500

/** The rules that the agent writes beside us, as they are now; undefined until it has. What can't be read changes nothing. */
export function followRules(path: string, clock: Clock, signal: AbortSignal): () => GuardRules | undefined {
  let rules: GuardRules | undefined
  let seen = ''
  const look = () => {
    try {
      const { ino, mtimeMs } = statSync(path)
      if (seen === (seen = `${ino}/${mtimeMs}`)) return
      rules = JSON.parse(readFileSync(path, 'utf8')) as GuardRules
    } catch {
      seen = ''
    }
  }
  const round = () => {
    look()
    if (!signal.aborted) clock.after(LOOK_EVERY_MS, round)
  }
  round()
  return () => rules
}
