import type { ProxyRpc } from '../../telephony/proxy-rpc.ts'
import type { RpcValue } from '../../wire/binrpc.ts'

/** All rows of a table of the proxy, by key; undefined while it is away. */
export async function dumpTable(rpc: ProxyRpc, table: string): Promise<Map<string, RpcValue> | undefined> {
  const answer = await rpc.call('htable.dump', table)
  if (!answer.ok) return undefined
  const slots = answer.values.flatMap((slot) => list(member(slot, 'slot')))
  return new Map(slots.map((item) => [String(member(item, 'name')), member(item, 'value') ?? '']))
}

export function member(value: RpcValue | undefined, name: string): RpcValue | undefined {
  if (typeof value !== 'object' || Array.isArray(value) || value instanceof Uint8Array) return undefined
  return value[name]
}

/** One value of a name stands alone, several are an array (wire/binrpc.ts). */
export const list = (value: RpcValue | undefined): RpcValue[] =>
  value === undefined ? [] : Array.isArray(value) ? value : [value]
