import { createClient, type Kube } from './client.ts'
import { loadClusterConfig } from './load-cluster-config.ts'
import type { Resource } from './resources.ts'
import { createTransport } from './transport.ts'

export interface Connection {
  readonly kube: Kube
  close(): Promise<void>
}

/**
 * A client with the rights of whoever runs this program.
 * @param as what the API server sees as its user agent, and as the manager of fields
 * @param kinds kinds of CRDs that it reads or writes
 * @throws when no cluster is found, with the cure
 */
export async function connect(
  env: NodeJS.ProcessEnv,
  as: string,
  kinds: readonly Resource[] = [],
): Promise<Connection> {
  const transport = await createTransport({ config: await loadClusterConfig(env), userAgent: as })
  return { kube: createClient({ transport, fieldManager: as, kinds }), close: () => transport.close() }
}
