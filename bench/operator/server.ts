/**
 * A bare API server with an etcd of its own, fresh for every contestant and size, so that none profits from another. The
 * contestant, the stand-in and the harness are different users of it; only the contestant's calls are in its audit log.
 */
import { randomUUID } from 'node:crypto'
import { createServer } from 'node:net'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { binary, kubernetes } from '../../hack/cluster/binaries.ts'
import { writeFile } from '../../hack/cluster/files.ts'
import { ensurePki, pkiFiles } from '../../hack/cluster/pki.ts'
import { until } from '../../hack/cluster/shell.ts'
import { createClient } from './client.ts'
import { assertRunning, start, type Running } from './process.ts'

export const USERS = ['harness', 'standin', 'contestant'] as const
export type User = (typeof USERS)[number]
/** On loopback, for as long as a stage stands. */
const TOKEN = randomUUID()

export type Server = {
  dir: string
  auditLog: string
  kubeconfig: (user: User) => string
  /** Of the contestant, for a program that has a service account in place of a kubeconfig. */
  token: string
  etcd: Running
  api: Running
  stop: () => Promise<void>
}

/**
 * Starts etcd and API server on loopback; what the folder holds already (certificates, data) is used again.
 * Everyone is in system:masters: neither RBAC nor priority and fairness is what is measured.
 */
export async function startServer(dir: string): Promise<Server> {
  mkdirSync(dir, { recursive: true })
  const [port, etcdPort, peerPort] = await freePorts(3)
  const pkiDir = join(dir, `pki-${port}`)
  const masters = (commonName: string) => ({ commonName, organization: 'system:masters' })
  const identities = {
    apiserver: { commonName: 'kube-apiserver', names: ['localhost'], addresses: ['127.0.0.1'] },
    ...Object.fromEntries(USERS.map((user) => [user, masters(user)])),
  }
  await ensurePki(pkiDir, `https://127.0.0.1:${port}`, identities, USERS)
  const etcd = start('etcd', etcdCommand(dir, etcdPort!, peerPort!), join(dir, 'etcd.log'))
  const api = start('kube-apiserver', apiCommand(dir, pkiDir, port!, etcdPort!), join(dir, 'kube-apiserver.log'))
  const stop = async () => {
    await api.stop()
    await etcd.stop()
  }
  const kubeconfig = (user: User) => pkiFiles(pkiDir).kubeconfig(user)
  await untilReady(kubeconfig('harness'), api).catch(async (error: unknown) => {
    await stop()
    throw error
  })
  return { dir, auditLog: join(dir, 'audit.log'), kubeconfig, token: TOKEN, etcd, api, stop }
}

async function untilReady(kubeconfig: string, api: Running): Promise<void> {
  const client = createClient(kubeconfig, 1)
  try {
    await until('the API server', 60, async () => {
      assertRunning(api)
      // /readyz answers in plain text, which is no JSON.
      await client.send('GET', '/api/v1/namespaces/kube-system')
      return true
    })
  } finally {
    await client.close()
  }
}

/** Memory is plenty and cores are few: the servers collect garbage less often, and leave more of the cores to the operator. */
const lessCollection = { GOGC: '400' }

function etcdCommand(dir: string, port: number, peerPort: number) {
  const [client, peer] = [`http://127.0.0.1:${port}`, `http://127.0.0.1:${peerPort}`]
  const args = [
    `--data-dir=${join(dir, 'etcd')}`,
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=default=${peer}`,
    '--force-new-cluster', // a restart finds its peer port changed
    '--unsafe-no-fsync', // the disk is not what is measured
    '--quota-backend-bytes=8589934592',
    '--log-level=warn',
  ]
  return { program: binary(kubernetes, 'etcd'), args, env: lessCollection, cwd: dir }
}

function apiCommand(dir: string, pkiDir: string, port: number, etcdPort: number) {
  const files = pkiFiles(pkiDir)
  const policy = join(dir, 'audit-policy.yaml')
  writeFile(policy, auditPolicy())
  const tokens = join(dir, 'tokens.csv')
  writeFile(tokens, `${TOKEN},contestant,contestant,"system:masters"\n`)
  const args = [
    `--etcd-servers=http://127.0.0.1:${etcdPort}`,
    '--bind-address=127.0.0.1',
    `--secure-port=${port}`,
    '--authorization-mode=RBAC',
    // There is no controller that would make service accounts for the pods.
    '--disable-admission-plugins=ServiceAccount',
    `--client-ca-file=${files.ca}`,
    `--token-auth-file=${tokens}`,
    `--tls-cert-file=${files.cert('apiserver')}`,
    `--tls-private-key-file=${files.key('apiserver')}`,
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${files.serviceAccountPublic}`,
    `--service-account-signing-key-file=${files.serviceAccountKey}`,
    '--service-cluster-ip-range=10.96.0.0/16',
    '--endpoint-reconciler-type=none',
    `--audit-policy-file=${policy}`,
    `--audit-log-path=${join(dir, 'audit.log')}`,
    '--audit-log-maxsize=100000', // MB: one file, so that a place in it is a number
  ]
  return { program: binary(kubernetes, 'kube-apiserver'), args, env: lessCollection, cwd: dir }
}

const auditPolicy = () =>
  stringify({
    apiVersion: 'audit.k8s.io/v1',
    kind: 'Policy',
    omitStages: ['RequestReceived'],
    rules: [{ level: 'Metadata', users: ['contestant'] }, { level: 'None' }],
  })

async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer()
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      return server
    }),
  )
  const ports = servers.map((server) => (server.address() as { port: number }).port)
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return ports
}
