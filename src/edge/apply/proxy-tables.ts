import type { ProxyRpc } from '../../telephony/proxy-rpc.ts'
import type { RpcValue } from '../../wire/binrpc.ts'
import { readRows } from '../report/proxy-answers.ts'

/** All rows of a table of the proxy, by key; undefined while it is away. */
export async function dumpTable(rpc: ProxyRpc, table: string): Promise<Map<string, RpcValue> | undefined> {
  const answer = await rpc.call('htable.dump', table)
  return answer.ok ? readRows(answer.values) : undefined
}
