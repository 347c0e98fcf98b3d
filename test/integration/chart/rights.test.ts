// @seconds 5
import { expect } from 'chai'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chartDir, kubectl, operatorNamespace, release } from '../../../hack/chart.ts'
import { startBareApiServer } from '../../../hack/cluster/bare.ts'
import { installChart } from '../../../hack/install.ts'

describe('the operator as it is installed', function () {
  this.timeout(120_000)
  let server: Awaited<ReturnType<typeof startBareApiServer>>
  let folder: string
  const ask = (args: string[], input?: string) => kubectl(['--kubeconfig', server.kubeconfig, ...args], input)

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'callbot-rights-'))
    server = await startBareApiServer({ dir: join(folder, 'server') })
    await installChart({ kubeconfig: server.kubeconfig, wait: false })
  })
  after(async () => {
    await server?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  const may = async (verb: string, what: string, namespace: string, who: string = release) => {
    const as = `system:serviceaccount:${operatorNamespace}:${who}`
    const [resource, subresource] = what.split(':')
    const sub = subresource === undefined ? [] : [`--subresource=${subresource}`]
    const args = ['auth', 'can-i', verb, resource!, ...sub, '-n', namespace, '--as', as]
    return (await ask(args).catch(() => 'no')).trim() === 'yes'
  }

  // RESOURCE[:SUBRESOURCE][/NAME]
  const rights: [may: boolean, verb: string, what: string, where: string][] = [
    [true, 'watch', 'callbots.callbots.dev', 'clients'],
    [true, 'patch', 'callbots.callbots.dev:status', 'clients'],
    [false, 'patch', 'callbots.callbots.dev', 'clients'],
    [false, 'delete', 'callbots.callbots.dev', 'clients'],
    [true, 'patch', 'deployments.apps', 'clients'],
    [false, 'delete', 'deployments.apps', 'clients'],
    [true, 'create', 'secrets', 'clients'],
    [true, 'delete', 'secrets', 'clients'],
    [false, 'patch', 'secrets', 'clients'],
    [true, 'patch', 'secrets/callbot-ca', operatorNamespace],
    [false, 'get', 'secrets', 'clients'],
    [false, 'list', 'secrets', 'clients'],
    [false, 'watch', 'secrets', 'clients'],
    [false, 'list', 'secrets', operatorNamespace],
    [false, 'get', 'secrets', operatorNamespace],
    [true, 'watch', 'secrets/callbot-ca', operatorNamespace],
    [false, 'watch', 'secrets/callbot-ca', 'clients'],
    [true, 'watch', 'secrets/callbot-edge-tls', operatorNamespace],
    [true, 'watch', 'secrets/callbot-speech-tls', operatorNamespace],
    [false, 'patch', 'secrets/callbot-edge-tls', operatorNamespace],
    [false, 'create', 'pods', 'clients'],
    [false, 'create', 'pods:exec', 'clients'],
    [true, 'create', 'configmaps', 'clients'],
    [true, 'delete', 'configmaps', 'clients'],
    [false, 'list', 'configmaps', 'clients'],
    [false, 'get', 'configmaps', 'clients'],
    [false, 'patch', 'configmaps', 'clients'],
    [false, 'deletecollection', 'configmaps', 'clients'],
    [true, 'delete', 'configmaps', operatorNamespace],
    [true, 'update', `leases.coordination.k8s.io/${release}`, operatorNamespace],
    [false, 'update', 'leases.coordination.k8s.io/other', operatorNamespace],
    [false, 'create', 'serviceaccounts:token', operatorNamespace],
    [false, 'impersonate', 'users', 'clients'],
    [false, 'escalate', 'clusterroles.rbac.authorization.k8s.io', 'clients'],
  ]
  for (const [allowed, verb, what, where] of rights) {
    it(`may ${allowed ? '' : 'not '}${verb} ${what} in ${where}`, async () => {
      expect(await may(verb, what, where)).to.equal(allowed)
    })
  }

  /** An edge reads where calls go, and writes nothing (docs/adr/0008). */
  const edgeRights: typeof rights = [
    [true, 'list', 'configmaps', operatorNamespace],
    [true, 'watch', 'endpointslices.discovery.k8s.io', 'clients'],
    [false, 'list', 'configmaps', 'clients'],
    [false, 'patch', 'configmaps', operatorNamespace],
    [false, 'create', 'configmaps', operatorNamespace],
    [false, 'get', 'secrets', operatorNamespace],
    [false, 'watch', 'secrets/callbot-edge-tls', operatorNamespace],
    [false, 'patch', 'pods', operatorNamespace],
    [false, 'update', 'leases.coordination.k8s.io', operatorNamespace],
    [false, 'list', 'nodes', operatorNamespace],
    [false, 'list', 'pods', 'clients'],
    [false, 'list', 'callbots.callbots.dev', 'clients'],
  ]
  for (const [allowed, verb, what, where] of edgeRights) {
    it(`an edge may ${allowed ? '' : 'not '}${verb} ${what} in ${where}`, async () => {
      expect(await may(verb, what, where, 'callbot-edge')).to.equal(allowed)
    })
  }

  it('is admitted where pod security is restricted, and would not be with root', async () => {
    const found = await ask(['-n', operatorNamespace, 'get', 'deployment', release, '-o', 'json'])
    const { template } = (JSON.parse(found) as { spec: { template: { metadata: object; spec: object } } }).spec
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { ...template.metadata, name: 'operator' },
      spec: template.spec,
    }
    const create = ['-n', operatorNamespace, 'create', '--dry-run=server', '-f', '-']
    expect(await ask(create, JSON.stringify(pod))).to.include('pod/operator created')
    const asRoot = { ...pod, spec: { ...template.spec, securityContext: { runAsUser: 0 } } }
    const refusal = await ask(create, JSON.stringify(asRoot)).catch((error: Error) => error.message)
    expect(refusal).to.include('violates PodSecurity "restricted:latest"')
  })
})

describe('the roles of the chart', () => {
  const folder = join(chartDir, 'templates')
  it('have no wildcard', () => {
    const roles = readdirSync(folder).filter((name) => /(role[^b]*|rbac)[.]yaml$/.test(name))
    expect(roles).to.have.lengthOf(6)
    for (const name of roles) expect(readFileSync(join(folder, name), 'utf8'), name).not.to.match(/['"[ ,][*]['"\], ]/)
  })
})
