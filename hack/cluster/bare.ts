/**
 * An API server alone, for tests and benchmarks that need the real one and no pods: etcd and kube-apiserver on loopback,
 * ready in about 4 s, no root needed. It dies with the process that started it, whatever kills that one.
 */
import { mkdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { ensureBinaries, kubernetes } from './binaries.ts'
import * as controlPlane from './controlplane.ts'
import { recordedNames, stopRecorded } from './daemons.ts'

export type BareOptions = {
  /** Folder for data, certificates, logs; made new, removed by `stop`. */
  dir: string
  /** Port of the API server; a free one without it. */
  port?: number
  /** Keep an audit log (see `auditLog`); off for benchmarks. On by default. */
  audit?: boolean
  /** Run the controller manager too: garbage collection, namespaces that end, ServiceAccount tokens. Off by default. */
  controllers?: boolean
  /** More flags for the API server. */
  flags?: readonly string[]
}

export type BareApiServer = {
  /** Path of an administrator's kubeconfig. */
  kubeconfig: string
  /** https URL of the API server. */
  server: string
  auditLog: string
  /** Ends the API server, keeps etcd: what clients see while a control plane is upgraded. */
  stopApi(): Promise<void>
  /** Starts it again; resolves when it is ready. */
  startApi(): Promise<void>
  /** Ends everything and removes the folder. */
  stop(): Promise<void>
}

/** Starts etcd and an API server of their own. Builds the binaries first if they are not in the cache. */
export async function startBareApiServer(options: BareOptions): Promise<BareApiServer> {
  await ensureBinaries([kubernetes])
  await endAll(options.dir)
  mkdirSync(options.dir, { recursive: true })
  const [apiPort, etcd, etcdPeer, controllerManager, scheduler] = (await freePorts(5)) as [
    number,
    number,
    number,
    number,
    number,
  ]
  const place: controlPlane.Place = {
    dir: options.dir,
    logDir: join(options.dir, 'logs'),
    address: '127.0.0.1',
    apiPort: options.port ?? apiPort,
    ports: { etcd, etcdPeer, controllerManager, scheduler },
    endsWithCaller: true,
    audit: options.audit ?? true,
    // Endpoints of the service `kubernetes` can't be loopback addresses; nobody here uses that service.
    flags: ['--endpoint-reconciler-type=none', ...(options.flags ?? [])],
    identities: {},
    kubeconfigs: [],
  }
  await controlPlane.ensureControlPlanePki(place)
  await controlPlane.ensureEtcd(place)
  await controlPlane.ensureApiServer(place)
  if (options.controllers) await controlPlane.ensureControllerManager(place)
  return {
    kubeconfig: controlPlane.adminKubeconfig(place),
    server: `https://${place.address}:${place.apiPort}`,
    auditLog: controlPlane.auditLog(place),
    stopApi: () => stopRecorded(controlPlane.recordDir(place), 'kube-apiserver'),
    startApi: () => controlPlane.ensureApiServer(place),
    stop: () => endAll(options.dir),
  }
}

/** Ends what a run before left in the folder, then removes the folder. */
async function endAll(dir: string): Promise<void> {
  const records = controlPlane.recordDir({ dir })
  for (const name of recordedNames(records)) await stopRecorded(records, name, 300)
  rmSync(dir, { recursive: true, force: true })
}

/** Ports that were free a moment ago, all different. */
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer())
  const ports = await Promise.all(
    servers.map(
      (server) =>
        new Promise<number>((resolve, reject) => {
          server.once('error', reject)
          server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port))
        }),
    ),
  )
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return ports
}
