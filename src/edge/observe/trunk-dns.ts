import { Resolver } from 'node:dns/promises'
import { FairSlots } from '../../lib/fair-slots.ts'
import type { Clock } from '../../runtime/clock.ts'
import { named } from '../../runtime/log-fields.ts'
import type { Log } from '../../runtime/log.ts'
import { isAddress } from '../plan/trunk-tables.ts'
import { followKeys } from './key-poller.ts'

/** Trunks move seldom; one that moved is found again within this. */
const LOOK_EVERY_MS = 30_000
/** A name server that says nothing costs twice this. */
const TIMEOUT_MS = 1_000
const TRIES = 2
/** How many names are looked up at the same time: of one namespace, and of all. */
const IN_FLIGHT = { share: 4, total: 64 }

/** A name, and the namespace whose trunks or grants have it. */
export interface TrunkName {
  namespace: string
  host: string
}

/** Which names to look up from now on, and their addresses, by host name. */
export interface FollowedNames {
  follow(names: Iterable<TrunkName>): Promise<void>
  values(): ReadonlyMap<string, string>
}

/**
 * Looks up the names of trunks again and again, so that the proxy never waits for DNS. A name that can't be found keeps its address, and so
 * does one that still has it among others; what is an address already needs no look. Each namespace looks its own names up, so that those
 * whose name servers are silent hold up nobody else's. Names are absolute: neither `/etc/hosts` nor search domains count.
 */
export function followNames(o: {
  log: Log
  clock: Clock
  signal: AbortSignal
  onChange: () => void
  /** All addresses of a name. @throws Error when it has none, or nobody says */
  resolve?: (host: string) => Promise<readonly string[]>
}): FollowedNames {
  const resolve = o.resolve ?? createResolver()
  const slots = new FairSlots(IN_FLIGHT)
  const found = new Map<string, string>()
  const names = followKeys<string>({
    ...o,
    everyMs: () => LOOK_EVERY_MS,
    isSame: (one, other) => one === other,
    async look(key) {
      const { namespace, host } = nameOf(key)
      const addresses = await slots.run(namespace, () => resolve(host)).catch((): readonly string[] => [])
      const [first] = addresses
      if (first === undefined) o.log.warn({ host: named(host) }, 'the name of a trunk has no address')
      else if (!addresses.includes(found.get(host) ?? '')) found.set(host, first)
      return first && found.get(host)
    },
  })
  return {
    values: () => new Map([...names.values().keys()].map(nameOf).map(({ host }) => [host, found.get(host)!])),
    follow(wanted) {
      const keys = [...wanted].filter(({ host }) => !isAddress(host)).map(keyOf)
      const hosts = new Set(keys.map((key) => nameOf(key).host))
      for (const host of found.keys()) if (!hosts.has(host)) found.delete(host)
      return names.follow(keys)
    },
  }
}

/** No namespace has a slash, and no host. */
const keyOf = ({ namespace, host }: TrunkName) => `${namespace}/${host}`
const nameOf = (key: string): TrunkName => ({
  namespace: key.slice(0, key.indexOf('/')),
  host: key.slice(key.indexOf('/') + 1),
})

/** By c-ares, without the threads of libuv that `lookup` shares with the whole process. */
function createResolver(): (host: string) => Promise<readonly string[]> {
  const resolver = new Resolver({ timeout: TIMEOUT_MS, tries: TRIES })
  return async (host) => {
    const four = await resolver.resolve4(host).catch(() => [])
    return four.length > 0 ? four : resolver.resolve6(host)
  }
}
