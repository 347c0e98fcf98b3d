import { fingerprint } from '../../lib/canonical.ts'
import type { Tables } from '../plan/route-tables.ts'

/** Keys of rows by which a table tells its age and which text it is. No number and no address begins with them. */
export const EPOCH_KEY = '@epoch'
export const DIGEST_KEY = '@digest'
/** Of a bot's own route; no name that a certificate proves begins so. */
export const epochKey = (bot: string) => `epoch:${bot}`

/** Kamailio's flags of a destination: inactive and probed (dispatcher README 6.1). */
const INACTIVE_PROBED = 9

/**
 * The dispatcher's list of pods. A reload takes each state from this file, so who is out for not answering has to be written
 * as such, or every change elsewhere would send it calls again.
 * @param inactive URIs of pods that don't answer, as the dispatcher lists them
 */
export function renderDispatcher({ sets }: Pick<Tables, 'sets'>, inactive: ReadonlySet<string>): string {
  const lines = sets.flatMap(({ id, pods }) =>
    pods.map((hop) => {
      const uri = `sip:${hop};transport=tls`
      return `${id} ${uri} ${inactive.has(uri) ? INACTIVE_PROBED : 0} 0\n`
    }),
  )
  return `# SET URI FLAGS PRIORITY, by the edge agent: reload with dispatcher.reload\n${lines.join('')}`
}

/** The sets of such a list. */
export function setsIn(list: string): Tables['sets'] {
  const lines = [...list.matchAll(/^(\d+) sip:(\S+);transport=tls /gm)]
  return [...Map.groupBy(lines, ([, id]) => Number(id))].map(([id, all]) => ({
    id,
    pods: all.map(([, , hop]) => hop!),
  }))
}

/**
 * Number -> where the bot's pods are, what name they prove, when an answer is late, how calls have to come, and who helps without them; name -> by which
 * trunks its pods may call; bot -> the epoch of its route.
 */
export function renderRoutes(
  { numbers, epochs, mayCall }: Pick<Tables, 'numbers' | 'epochs' | 'mayCall'>,
  epoch: number,
): string {
  const rows = numbers.map(({ number, near, far, name, answerSeconds, media, help }) => {
    const objective = answerSeconds === undefined ? '' : `;answer=${answerSeconds * 1_000}`
    const protection = media === undefined ? '' : `;sip=${media.sipTransport};srtp=${media.srtp}`
    const helped = help === undefined ? '' : `;help=${help.number};by=${help.domain}`
    return row(number, `near=${near};far=${far};name=${name}${objective}${protection}${helped}`)
  })
  const rights = mayCall.map(({ name, domains }) => row(name, domains.join(',')))
  const ages = epochs.map((each) => row(epochKey(each.bot), String(each.epoch)))
  return table([row(EPOCH_KEY, String(epoch)), ...rows, ...rights, ...ages])
}

/** Of an address from which an administrator calls to test; no address begins so. */
const testCallerKey = (address: string) => `caller:${address}`

/**
 * ADDRESS:PORT of a pod -> the names that it may prove there; its ADDRESS, where it calls from -> the same.
 * @param testCallers addresses whose calls are a carrier's
 */
export function renderPeers({ peers }: Pick<Tables, 'peers'>, testCallers: readonly string[]): string {
  const callers = Map.groupBy(peers, ({ hop }) => hop.replace(/:\d+$/, ''))
  return table([
    ...peers.map(({ hop, names }) => row(hop, names.join(','))),
    ...testCallers.map((address) => row(testCallerKey(address), '1')),
    ...[...callers].map(([address, all]) => row(address, [...new Set(all.flatMap(({ names }) => names))].join(','))),
  ])
}

/** What db_text loads: a row has at most 65,536 octets, a table 100,000 rows. Beyond, it refuses all of the table, when it starts, too. */
const MOST_OCTETS = 4_096
const MOST_ROWS = 90_000

/**
 * A table of Kamailio's db_text as htable reads it: text keys, text values, without an end.
 * @throws RangeError where there are more rows than the proxy loads
 */
export function table(rows: readonly string[]): string {
  if (rows.length > MOST_ROWS) throw new RangeError(`a table of ${rows.length} rows: the proxy loads ${MOST_ROWS}`)
  const digest = row(DIGEST_KEY, fingerprint(rows))
  return `key_name(string) key_type(int) value_type(int) key_value(string) expires(int)\n${[digest, ...rows].join('')}`
}

/** The digest that a table's text carries. */
export const digestOf = (text: string | undefined) => /^@digest:0:0:(\w+):0$/m.exec(text ?? '')?.[1]

/** @throws RangeError where it is longer than any row of ours is */
export function row(key: string, value: string): string {
  const text = `${escaped(key)}:0:0:${escaped(value)}:0\n`
  if (text.length > MOST_OCTETS)
    throw new RangeError(`a row of ${text.length} octets: ours have ${MOST_OCTETS} at most`)
  return text
}

/** Colons part the columns (db_text README 1.2.2). */
const escaped = (text: string) => text.replace(/[\\:]/g, '\\$&')
