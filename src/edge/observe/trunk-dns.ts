import { named } from '../../runtime/log-fields.ts'
import { lookup } from 'node:dns/promises'
import type { Clock } from '../../runtime/clock.ts'
import type { Log } from '../../runtime/log.ts'
import { isAddress } from '../plan/trunk-tables.ts'
import { followKeys, type Followed } from './key-poller.ts'

/** Trunks move seldom; one that moved is found again within this. */
const LOOK_EVERY_MS = 30_000

/**
 * Looks up the names of trunks again and again, so that the proxy never waits for DNS. A name that can't be found keeps its address;
 * what is an address already needs no look. The values are addresses, by host name.
 */
export function followNames(o: {
  log: Log
  clock: Clock
  signal: AbortSignal
  onChange: () => void
  resolve?: (host: string) => Promise<string>
}): Followed<string> {
  const resolve = o.resolve ?? (async (host) => (await lookup(host)).address)
  const names = followKeys<string>({
    ...o,
    everyMs: () => LOOK_EVERY_MS,
    isSame: (one, other) => one === other,
    async look(host) {
      const address = await resolve(host).catch(() => undefined)
      if (address === undefined) o.log.warn({ host: named(host) }, 'the name of a trunk has no address')
      return address
    },
  })
  return { ...names, follow: (hosts) => names.follow([...hosts].filter((host) => !isAddress(host))) }
}
