import { mkdtempSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { accessIn } from '../../hack/cluster/api.ts'
import { startBareApiServer, type BareApiServer, type BareOptions } from '../../hack/cluster/bare.ts'
import { recordDir } from '../../hack/cluster/controlplane.ts'
import { pidOf } from '../../hack/cluster/daemons.ts'
import { createClient, type Kube } from '../../src/kube/client.ts'
import { noCredentials } from '../../src/kube/bearer-tokens.ts'
import type { ClusterConfig } from '../../src/kube/cluster-config.ts'
import type { Resource } from '../../src/kube/resources.ts'
import { createTransport, type Transport, type TransportOptions } from '../../src/kube/transport.ts'

export const MANAGER = 'callbot-operator'

export interface TestApiServer extends BareApiServer {
  config: ClusterConfig
  transport: Transport
  kube: Kube
  /** A transport of its own, through a proxy for instance. Closed with the server. */
  connect(o?: Partial<TransportOptions> & { server?: string }): Promise<Transport>
  /** kill -9 of the API server; etcd stays. Resolves when it is dead. */
  killApi(): Promise<void>
}

/** A real API server for the tests of one `describe`; `kinds` are those of CRDs that the tests write. */
export function useApiServer(o: Partial<BareOptions> & { kinds?: readonly Resource[] } = {}): () => TestApiServer {
  let server: TestApiServer | undefined
  const open: Transport[] = []
  before(async function () {
    this.timeout(120_000)
    const dir = mkdtempSync(join(tmpdir(), 'callbot-api-'))
    const bare = await startBareApiServer({ audit: false, ...o, dir })
    const { server: url, ...tls } = accessIn(bare.kubeconfig)
    const config: ClusterConfig = {
      server: url,
      namespace: 'default',
      credentials: noCredentials,
      readTls: async () => tls,
    }
    const connectTo = async (how: Partial<TransportOptions> & { server?: string } = {}) => {
      const transport = await createTransport({
        ...how,
        config: { ...(how.config ?? config), server: how.server ?? config.server },
      })
      open.push(transport)
      return transport
    }
    const transport = await connectTo()
    const kube = createClient({ transport, fieldManager: MANAGER, kinds: o.kinds })
    server = { ...bare, config, transport, kube, connect: connectTo, killApi: () => kill(dir, bare.server) }
  })
  after(async function () {
    this.timeout(30_000)
    await Promise.all(open.map((transport) => transport.close()))
    await server?.stop()
  })
  return () => server!
}

async function kill(dir: string, url: string): Promise<void> {
  const pid = pidOf(recordDir({ dir }), 'kube-apiserver')
  if (pid === undefined) throw new Error('the API server does not run')
  process.kill(pid, 'SIGKILL')
  // Its first thread is gone before its sockets are.
  while (await answers(url)) await new Promise((resolve) => setTimeout(resolve, 10))
}

function answers(url: string): Promise<boolean> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname)
    socket.once('connect', () => resolve(true))
    socket.once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}
