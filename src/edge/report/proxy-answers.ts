/** The proxy's answers over its RPC socket, as values. */
import { bracketed } from '../../lib/ip-address.ts'
import type { RpcValue } from '../../wire/binrpc.ts'
import type { PartHealth } from '../../rules/part-state.ts'
import type { Connection } from '../plan/tls-source-ports.ts'

/** Rows are `ID::state`, `ID::since` (seconds) and so on, as the proxy's text writes them. */
export function trunkHealth(health: ReadonlyMap<string, RpcValue>): Map<string, PartHealth> {
  const found = new Map<string, PartHealth>()
  for (const [key, state] of health) {
    const [id = '', what] = key.split('::')
    if (what !== 'state' || (state !== 'Up' && state !== 'Down')) continue
    const cut = state === 'Up' ? health.get(`${id}::cut`) : undefined
    const since = Number(cut ?? health.get(`${id}::since`) ?? 0)
    found.set(id, { state: cut === undefined ? state : 'Down', since: since * 1000 })
  }
  return found
}

/** Rows are `DOMAIN::choice`. */
export function trunkChoices(health: ReadonlyMap<string, RpcValue>): Map<string, string> {
  const rows = [...health].map(([key, id]) => [key.split('::'), String(id)] as const)
  return new Map(rows.flatMap(([[domain = '', what], id]) => (what === 'choice' ? [[domain, id]] : [])))
}

export function readConnection(value: RpcValue): Connection {
  const field = (name: string) => String(member(value, name))
  const address = field('src_ip')
  const hop = `${bracketed(address)}:${field('src_port')}`
  return { id: Number(field('id')), hop, localPort: Number(field('dst_port')) }
}

export interface PodInProxy {
  uri: string
  isActive: boolean
}

/** Of `dispatcher.list`. */
export function readPods(answer: RpcValue | undefined): PodInProxy[] {
  const sets = list(member(member(answer, 'RECORDS'), 'SET'))
  return sets.flatMap((set) => list(member(member(set, 'TARGETS'), 'DEST'))).map(readPod)
}

/** FLAGS: A active, T failed once, I inactive, D disabled; then P probed or X not (dispatcher README 5.3). */
const readPod = (destination: RpcValue): PodInProxy => ({
  uri: String(member(destination, 'URI')),
  isActive: /^[AT]/.test(String(member(destination, 'FLAGS'))),
})

/** All rows of a table, of `htable.dump`. */
export function readRows(slots: readonly RpcValue[]): Map<string, RpcValue> {
  const items = slots.flatMap((slot) => list(member(slot, 'slot')))
  return new Map(items.map((item) => [String(member(item, 'name')), member(item, 'value') ?? '']))
}

export function member(value: RpcValue | undefined, name: string): RpcValue | undefined {
  if (typeof value !== 'object' || Array.isArray(value) || value instanceof Uint8Array) return undefined
  return value[name]
}

/** One value of a name stands alone, several are an array (wire/binrpc.ts). */
const list = (value: RpcValue | undefined): RpcValue[] =>
  value === undefined ? [] : Array.isArray(value) ? value : [value]
