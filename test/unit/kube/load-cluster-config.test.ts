import { expect } from 'chai'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { loadClusterConfig } from '../../../src/kube/load-cluster-config.ts'
import { FakeClock } from '../../kit/fake-clock.ts'

const base64 = (text: string) => Buffer.from(text).toString('base64')

describe('the way to the cluster', () => {
  let folder = ''
  let clock = new FakeClock()
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'config-'))
    clock = new FakeClock()
  })
  const file = (name: string, content: string) => (writeFileSync(join(folder, name), content), join(folder, name))
  const kubeconfig = (user: object, cluster: object = {}, name = 'kubeconfig') =>
    file(
      name,
      stringify({
        'current-context': 'main',
        contexts: [{ name: 'main', context: { cluster: 'c', user: 'u', namespace: 'ns' } }],
        clusters: [{ name: 'c', cluster: { server: 'https://api:6443/', ...cluster } }],
        users: [{ name: 'u', user }],
      }),
    )
  const load = (path: string, env: NodeJS.ProcessEnv = process.env) =>
    loadClusterConfig({ ...env, KUBECONFIG: path }, { clock })
  const failure = async (promise: Promise<unknown>): Promise<string> => {
    try {
      await promise
    } catch (error) {
      return (error as Error).message
    }
    throw new Error('expected a failure')
  }

  it('is in the kubeconfig: certificates embedded or in files beside it', async () => {
    file('ca.pem', 'CA')
    const user = { 'client-certificate-data': base64('CERT'), 'client-key-data': base64('KEY') }
    const config = await load(kubeconfig(user, { 'certificate-authority': 'ca.pem', 'tls-server-name': 'api.local' }))
    expect(config.server).to.equal('https://api:6443')
    expect(config.namespace).to.equal('ns')
    expect(await config.readTls()).to.deep.include({ ca: 'CA', cert: 'CERT', key: 'KEY', serverName: 'api.local' })
    expect((await config.readTls()).insecure).to.equal(false)
    expect(await config.credentials.header()).to.equal(undefined)
  })

  it('takes each value from the first of several kubeconfigs that has it', async () => {
    const second = kubeconfig({ token: 'b' }, {}, 'second')
    const first = file('first', stringify({ users: [{ name: 'u', user: { token: 'a' } }] }))
    const config = await load(`${first}:${second}`)
    expect(await config.credentials.header()).to.equal('Bearer a')
  })

  it('reads a token file again after ten seconds, or at once when the token was refused', async () => {
    const token = file('token', 'one\n')
    const { credentials } = await load(kubeconfig({ tokenFile: token }))
    expect(await credentials.header()).to.equal('Bearer one')
    file('token', 'two')
    expect(await credentials.header()).to.equal('Bearer one')
    await clock.pass(10_000)
    expect(await credentials.header()).to.equal('Bearer two')
    file('token', 'three')
    expect(credentials.renew()).to.equal(true)
    expect(await credentials.header()).to.equal('Bearer three')
  })

  it('runs a credential plugin, and again shortly before its token expires', async () => {
    const script = `#!/bin/sh
echo . >> ${folder}/runs
echo '{"kind":"ExecCredential","status":{"token":"'$WHO-$(wc -l < ${folder}/runs | tr -d ' ')'","expirationTimestamp":"${new Date(clock.wall() + 100_000).toISOString()}"}}'
`
    const exec = { command: 'sh', args: [file('plugin', script)], env: [{ name: 'WHO', value: 'me' }] }
    const { credentials } = await load(kubeconfig({ exec: { apiVersion: 'client.authentication.k8s.io/v1', ...exec } }))
    expect(await credentials.header()).to.equal('Bearer me-1')
    expect(await credentials.header()).to.equal('Bearer me-1')
    await clock.pass(71_000)
    expect(await credentials.header()).to.equal('Bearer me-2')
  })

  it('tells what to do when a credential plugin fails', async () => {
    const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: 'no-such-plugin', installHint: 'install it' }
    const { credentials } = await load(kubeconfig({ exec }))
    expect(await failure(credentials.header())).to.equal('the credential plugin no-such-plugin failed: install it')
  })

  it('is in the pod: host, CA, token and namespace', async () => {
    file('ca.crt', 'CA')
    file('token', 'pod-token')
    file('namespace', 'callbot-system')
    const env = { KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '443' }
    const config = await loadClusterConfig(env, { clock, podDirectory: folder })
    expect(config.server).to.equal('https://[fd00::1]:443')
    expect(config.namespace).to.equal('callbot-system')
    expect(await config.credentials.header()).to.equal('Bearer pod-token')
    expect(await config.readTls()).to.deep.equal({ ca: 'CA' })
  })

  it('is in ~/.kube/config when nothing else is there', async () => {
    const message = await failure(loadClusterConfig({}, { home: folder }))
    expect(message).to.equal(
      `cannot read the kubeconfig ${folder}/.kube/config: set KUBECONFIG to a file that is there`,
    )
  })

  it('refuses what it does not support, and names the cure', async () => {
    const cases: [object, object, string][] = [
      [{}, { 'proxy-url': 'http://proxy' }, 'reach the API server directly'],
      [{ 'auth-provider': {} }, {}, 'use an exec plugin'],
      [{ username: 'me' }, {}, 'use a certificate or a token'],
      [{ as: 'me' }, {}, "use that user's own entry"],
      [{}, { server: '' }, 'add its URL'],
    ]
    for (const [user, cluster, cure] of cases) expect(await failure(load(kubeconfig(user, cluster)))).to.contain(cure)
  })

  it('names the contexts that there are when the current one is not among them', async () => {
    const path = file('broken', stringify({ contexts: [{ name: 'other', context: {} }] }))
    expect(await failure(load(path))).to.contain(
      'no context named "" (there are: other): run "kubectl config use-context',
    )
  })

  it('tells which file is missing inside a pod', async () => {
    const env = { KUBERNETES_SERVICE_HOST: '10.0.0.1' }
    expect(await failure(loadClusterConfig(env, { podDirectory: folder }))).to.contain('automountServiceAccountToken')
  })
})
