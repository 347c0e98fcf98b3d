/**
 * A cluster of the tests' own (instance 1), driven as a person drives it: by the program's verbs and kubectl. The cluster
 * that everybody uses (instance 0) may run beside it and is not touched.
 */
import { expect } from 'chai'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { connect } from 'node:net'
import { binary, kubernetes } from '../../../hack/cluster/binaries.ts'
import { repo } from '../../../hack/cluster/settings.ts'
import { run, tryRun, until, type Ran } from '../../../hack/cluster/shell.ts'

export const state = '/var/lib/callbot-cluster-1'
const kubeconfig = `${state}/admin.kubeconfig`
/** Images that are never built: bringing large ones into new zones again and again is not what is tested. */
const none = 'localhost/none:none'
const images = { IMAGE: none, EDGE_IMAGE: none, RELAY_IMAGE: none, SPEECH_IMAGE: none, POSTGRES_IMAGE: none }
export const env = { CLUSTER_INSTANCE: '1', CLUSTER: '', KUBECONFIG: kubeconfig, ...images }
export const program = [`${repo}/hack/cluster/main.ts`]

/** Runs a verb; resolves whatever its exit code is. */
export const attempt = (verb: readonly string[], more: Record<string, string> = {}): Promise<Ran> =>
  tryRun(process.execPath, [...program, ...verb], { env: { ...env, ...more } })

/** Runs a verb that must succeed. */
export async function cluster(...verb: string[]): Promise<string> {
  const { code, stdout, stderr } = await attempt(verb)
  expect(code, `${verb.join(' ')}: ${stderr}\n${stdout}`).to.equal(0)
  return stdout
}

export const kubectl = (args: readonly string[], input?: string) =>
  run(binary(kubernetes, 'kubectl'), ['--kubeconfig', kubeconfig, '--request-timeout=5s', ...args], { input })

/** Pid of a daemon as `up` recorded it. */
export const recordedPid = (folder: string, name: string): number =>
  (JSON.parse(readFileSync(`${state}/${folder}/${name}.json`, 'utf8')) as { pid: number }).pid

/** All processes of the instance's cgroups. */
export function processes(): number[] {
  const root = [`/sys/fs/cgroup/freezer/callbot-cluster-1`, '/sys/fs/cgroup/callbot-cluster-1'].find(existsSync)
  if (!root) return []
  const groups = readdirSync(root, { recursive: true, withFileTypes: true }).filter(
    (each) => each.name === 'cgroup.procs',
  )
  return groups.flatMap((each) =>
    readFileSync(`${each.parentPath}/${each.name}`, 'utf8').split('\n').filter(Boolean).map(Number),
  )
}

/** True when the process lives. */
export const lives = (pid: number) => existsSync(`/proc/${pid}`)

/** A web server in each zone and a client pod in zone-a. */
export async function deployWeb(): Promise<void> {
  const container = {
    name: 'web',
    image: 'localhost/busybox:local',
    args: ['sh', '-c', 'echo hello > /tmp/index.html; exec busybox httpd -f -p 8080 -h /tmp'],
    volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }],
  }
  const pod = { terminationGracePeriodSeconds: 1, containers: [container], volumes: [{ name: 'tmp', emptyDir: {} }] }
  const labels = { app: 'web' }
  const metadata = (name: string) => ({ name, namespace: 'try' })
  const objects = [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'try' } },
    {
      apiVersion: 'apps/v1',
      kind: 'DaemonSet',
      metadata: metadata('web'),
      spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: pod } },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: metadata('web'),
      spec: { selector: labels, ports: [{ port: 8080 }] },
    },
    { apiVersion: 'v1', kind: 'Pod', metadata: { ...metadata('client'), labels: { app: 'client' } }, spec: client() },
    { apiVersion: 'v1', kind: 'Pod', metadata: metadata('stranger'), spec: client() },
  ]
  await kubectl(['apply', '-f', '-'], objects.map((each) => JSON.stringify(each)).join('\n---\n'))
  await webIsUp()
}

/** Waits for the web servers and clients to be ready again. */
export async function webIsUp(): Promise<void> {
  await kubectl(['-n', 'try', 'rollout', 'status', 'daemonset/web', '--timeout=60s', '--request-timeout=0'])
  await kubectl([
    '-n',
    'try',
    'wait',
    'pod/client',
    'pod/stranger',
    '--for=condition=Ready',
    '--timeout=60s',
    '--request-timeout=0',
  ])
}

const client = () => ({
  nodeName: 'node-a',
  terminationGracePeriodSeconds: 1,
  containers: [{ name: 'client', image: 'localhost/busybox:local' }],
})

/** Name and address of the web server in a zone. */
export async function webIn(letter: string): Promise<{ name: string; ip: string; restarts: number }> {
  const selector = ['-n', 'try', 'get', 'pods', '-l', 'app=web', '--field-selector', `spec.nodeName=node-${letter}`]
  const list = JSON.parse(await kubectl([...selector, '-o', 'json'])) as {
    items: { metadata: { name: string }; status: { podIP: string; containerStatuses: { restartCount: number }[] } }[]
  }
  const [pod] = list.items
  return { name: pod!.metadata.name, ip: pod!.status.podIP, restarts: pod!.status.containerStatuses[0]!.restartCount }
}

/** True when the web server answers the host within 2 s. */
export const answers = (ip: string, port = 8080) =>
  fetch(`http://${ip}:${port}/index.html`, { signal: AbortSignal.timeout(2000), headers: { connection: 'close' } })
    .then(async (response) => (await response.text()) === 'hello\n')
    .catch(() => false)

/** What a pod gets from an address: the page, or the client's complaint. */
export async function ask(pod: string, address: string): Promise<string> {
  const get = `printf 'GET /index.html HTTP/1.0\\r\\n\\r\\n' | busybox nc -w 2 ${address} 8080 2>&1 | busybox tail -1`
  return (await kubectl(['-n', 'try', 'exec', pod, '--', '/bin/busybox', 'sh', '-c', get])).trim()
}

/** True when a TCP connection is taken within 2 s. */
export const connects = (host: string, port: number) =>
  new Promise<boolean>((resolve) => {
    const socket = connect({ host, port, timeout: 2000 })
    const end = (result: boolean) => () => resolve((socket.destroy(), result))
    socket.on('connect', end(true)).on('timeout', end(false)).on('error', end(false))
  })

/** Waits until the node's Ready condition is as wanted. */
export const untilNode = (letter: string, wanted: 'True' | 'Unknown', seconds: number) =>
  until(`node-${letter} Ready=${wanted}`, seconds, async () => {
    const path = 'jsonpath={.status.conditions[?(@.type=="Ready")].status}'
    return (await kubectl(['get', 'node', `node-${letter}`, '-o', path])) === wanted
  })
