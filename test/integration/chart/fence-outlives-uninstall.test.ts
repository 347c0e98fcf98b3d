// @seconds 14
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse, stringify } from 'yaml'
import { kubectl, operatorNamespace, release } from '../../../hack/chart.ts'
import { startBareApiServer } from '../../../hack/cluster/bare.ts'
import { pause, until } from '../../../hack/cluster/shell.ts'
import { installChart, uninstallChart } from '../../../hack/install.ts'

describe('the fence after an uninstall and an install', function () {
  this.timeout(120_000)
  let server: Awaited<ReturnType<typeof startBareApiServer>>
  let folder: string

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'callbot-fence-'))
    server = await startBareApiServer({ dir: join(folder, 'server') })
  })
  after(async () => {
    await server?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  const install = () => installChart({ kubeconfig: server.kubeconfig, wait: false })
  const holdLease = (pod: string) => {
    const metadata = { name: release, namespace: operatorNamespace }
    const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata, spec: { holderIdentity: pod } }
    return kubectl(['--kubeconfig', server.kubeconfig, 'apply', '--server-side', '-f', '-'], stringify(lease))
  }

  /** What the API server says to a route written by that pod of the operator. */
  const writeAs = async (pod: string): Promise<string> => {
    const file = join(folder, `${pod}.kubeconfig`)
    writeFileSync(file, stringify(asPod(parse(readFileSync(server.kubeconfig, 'utf8')) as Kubeconfig, pod)))
    const labels = { 'app.kubernetes.io/managed-by': 'callbot-operator' }
    const route = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'route.test', namespace: operatorNamespace, labels },
    }
    const create = ['--kubeconfig', file, 'create', '--dry-run=server', '-f', '-']
    return kubectl(create, stringify(route)).catch((error: Error) => error.message)
  }
  /** A policy is in force some seconds after it was written: until then everybody passes. */
  const expectOnlyLeader = async (leader: string, other: string) => {
    const said: string[] = []
    await until(`the fence to let ${leader} pass and ${other} not`, 30, async () => {
      said.splice(0, 2, await writeAs(leader), await writeAs(other))
      return said[0]!.includes('created') && said[1]!.includes(`pod ${other} does not hold the lease`)
    }).catch((cause: Error) => {
      throw new Error(`${cause.message}\n${leader}: ${said[0]}\n${other}: ${said[1]}`, { cause })
    })
  }

  it('lets the leader pass, and nobody else', async () => {
    await install()
    await holdLease('operator-1')
    await expectOnlyLeader('operator-1', 'operator-2')
  })

  it('knows the leader of now, not the one of before', async () => {
    await uninstallChart({ kubeconfig: server.kubeconfig })
    // Time in which the API server notices that the policies are gone: it looks about once a second.
    await pause(5000)
    await holdLease('operator-2')
    await install()
    await expectOnlyLeader('operator-2', 'operator-1')
  })
})

interface Kubeconfig {
  users: { user: Record<string, unknown> }[]
}

/** The same administrator, impersonating the operator with the token of that pod. */
function asPod(config: Kubeconfig, pod: string): Kubeconfig {
  const operator = {
    as: `system:serviceaccount:${operatorNamespace}:${release}`,
    'as-user-extra': { 'authentication.kubernetes.io/pod-name': [pod] },
  }
  return { ...config, users: config.users.map((entry) => ({ ...entry, user: { ...entry.user, ...operator } })) }
}
