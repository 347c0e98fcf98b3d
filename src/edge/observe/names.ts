import { lookup } from 'node:dns/promises'
import type { Clock } from '../../lib/clock.ts'
import type { Log } from '../../lib/log.ts'
import { isAddress } from '../plan/trunks.ts'

/** Trunks move seldom; one that moved is found again within this. */
const LOOK_EVERY_MS = 30_000

export interface Names {
  /** The hosts that are of interest from now on, addresses among them; those that are new are looked up at once. */
  follow(hosts: Iterable<string>): void
  /** By host name, as found last. */
  addresses(): ReadonlyMap<string, string>
}

/** Looks up the names of trunks again and again, so that the proxy never waits for DNS. A name that can't be found keeps its address. */
export function keepNames(o: {
  log: Log
  clock: Clock
  signal: AbortSignal
  onChange: () => void
  resolve?: (host: string) => Promise<string>
}): Names {
  const resolve = o.resolve ?? (async (host) => (await lookup(host)).address)
  const known = new Map<string, string | undefined>()

  async function look(host: string): Promise<void> {
    const address = await resolve(host).catch(() => undefined)
    if (address === undefined) return void o.log.warn({ host }, 'the name of a trunk has no address')
    if (!known.has(host) || known.get(host) === address) return
    known.set(host, address)
    o.onChange()
  }

  const lookAgain = () => {
    if (o.signal.aborted) return
    void Promise.all([...known.keys()].map(look)).then(() => o.clock.after(LOOK_EVERY_MS, lookAgain))
  }
  o.clock.after(LOOK_EVERY_MS, lookAgain)

  return {
    follow(hosts) {
      const wanted = new Set([...hosts].filter((host) => !isAddress(host)))
      for (const host of known.keys()) if (!wanted.has(host)) known.delete(host)
      for (const host of wanted) {
        if (known.has(host)) continue
        known.set(host, undefined)
        void look(host)
      }
    },
    addresses: () => new Map([...known].flatMap(([host, address]) => (address === undefined ? [] : [[host, address]]))),
  }
}
