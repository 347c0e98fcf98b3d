import type { ProxyRpc } from '../../telephony/proxy-rpc.ts'
import type { RpcValue } from '../../wire/binrpc.ts'
import { rowsLeft } from '../plan/rows-left.ts'
import { readRows } from '../report/proxy-answers.ts'

/** All rows of a table of the proxy, by key; undefined while it is away. */
export async function dumpTable(rpc: ProxyRpc, table: string): Promise<Map<string, RpcValue> | undefined> {
  const answer = await rpc.call('htable.dump', table)
  return answer.ok ? readRows(answer.values) : undefined
}

/** Those that no reload empties. */
const TABLES = ['health', 'ended', 'busy'] as const

/** See `Proxy`. */
export async function forgetAllBut(rpc: ProxyRpc, known: ReadonlySet<string>): Promise<boolean> {
  const [health, ended, busy] = await Promise.all(TABLES.map((table) => dumpTable(rpc, table)))
  if (health === undefined || ended === undefined || busy === undefined) return false
  const counts = new Map([...busy].map(([id, calls]) => [id, Number(calls)]))
  const left = rowsLeft({ health: health.keys(), ended: ended.keys(), busy: counts }, known)
  for (const table of TABLES) for (const key of left[table]) await rpc.call('htable.delete', table, key)
  return !left.isMore
}
