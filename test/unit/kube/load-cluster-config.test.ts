import { expect } from 'chai'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { loadClusterConfig } from '../../../src/kube/load-cluster-config.ts'
import { FakeClock } from '../../harness/fake-clock.ts'

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

  /** A plugin whose tokens live that long, and say who runs and how often it ran. */
  const plugin = (lifeMs: number, more = '') => {
    const expires = new Date(Date.now() + lifeMs).toISOString()
    const script = `#!/bin/sh
echo . >> ${folder}/runs
printf %s "$KUBERNETES_EXEC_INFO" > ${folder}/info
echo '{"kind":"ExecCredential","status":{"token":"'$WHO-$(wc -l < ${folder}/runs | tr -d ' ')'","expirationTimestamp":"${expires}"${more}}}'
`
    const exec = { command: 'sh', args: [file('plugin', script)], env: [{ name: 'WHO', value: 'me' }] }
    return { exec: { apiVersion: 'client.authentication.k8s.io/v1', ...exec } }
  }

  it('runs a credential plugin, and again when its token has expired', async () => {
    const { credentials } = await load(kubeconfig(plugin(1_000)))
    expect(await credentials.header()).to.equal('Bearer me-1')
    expect(await credentials.header()).to.equal('Bearer me-1')
    await new Promise((resolve) => setTimeout(resolve, 1_100))
    await clock.pass(10_000)
    expect(await credentials.header()).to.equal('Bearer me-2')
  })

  it('runs a credential plugin once for all who wait, and again at once when the server rejected its token', async () => {
    const { credentials } = await load(kubeconfig(plugin(3_600_000)))
    const headers = await Promise.all([credentials.header(), credentials.header(), credentials.header()])
    expect(headers).to.deep.equal(['Bearer me-1', 'Bearer me-1', 'Bearer me-1'])
    await clock.pass(60_000)
    expect(await credentials.header()).to.equal('Bearer me-1')
    expect(credentials.renew()).to.equal(true)
    expect(await credentials.header()).to.equal('Bearer me-2')
  })

  it('takes a certificate from a credential plugin, too', async () => {
    const more = ',"clientCertificateData":"CERT","clientKeyData":"KEY"'
    const { readTls } = await load(kubeconfig(plugin(3_600_000, more)))
    expect(await readTls()).to.deep.include({ cert: 'CERT', key: 'KEY' })
  })

  it('describes the cluster to a credential plugin that asks for it', async () => {
    const info = () => JSON.parse(readFileSync(join(folder, 'info'), 'utf8'))
    const { exec } = plugin(3_600_000)
    const plain = {
      apiVersion: 'client.authentication.k8s.io/v1',
      kind: 'ExecCredential',
      spec: { interactive: false },
    }
    await (await load(kubeconfig({ exec }))).credentials.header()
    expect(info()).to.deep.equal(plain)
    const config = await load(kubeconfig({ exec: { ...exec, provideClusterInfo: true } }))
    await config.credentials.header()
    const cluster = { server: 'https://api:6443', 'insecure-skip-tls-verify': false }
    expect(info()).to.deep.equal({ ...plain, spec: { interactive: false, cluster } })
  })

  it('sends the token of OIDC', async () => {
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const token = `${part({ alg: 'none' })}.${part({ exp: Date.now() / 1000 + 3600 })}.x`
    const config = { 'id-token': token, 'client-id': 'callbots', 'idp-issuer-url': 'https://issuer.test' }
    const { credentials } = await load(kubeconfig({ 'auth-provider': { name: 'oidc', config } }))
    expect(await credentials.header()).to.equal(`Bearer ${token}`)
  })

  it('goes through the proxy of the kubeconfig, and acts as the user that it names', async () => {
    const as = {
      as: 'jane',
      'as-uid': '7',
      'as-groups': ['devs', 'ops'],
      'as-user-extra': { 'acme.example/Project': ['lilas'] },
    }
    const config = await load(kubeconfig({ token: 'a', ...as }, { 'proxy-url': 'socks5://proxy:1080' }))
    expect(config.proxyUrl).to.equal('socks5://proxy:1080')
    expect(config.headers).to.deep.equal({
      'impersonate-user': 'jane',
      'impersonate-uid': '7',
      'impersonate-group': ['devs', 'ops'],
      'impersonate-extra-acme.example%2Fproject': ['lilas'],
    })
  })

  it('needs no user for an API server without TLS, such as kubectl proxy', async () => {
    const context = { cluster: 'c' }
    const path = file(
      'plain',
      stringify({
        'current-context': 'main',
        contexts: [{ name: 'main', context }],
        clusters: [{ name: 'c', cluster: { server: 'http://127.0.0.1:8001' } }],
      }),
    )
    const config = await load(path)
    expect(config).to.deep.include({ server: 'http://127.0.0.1:8001', namespace: 'default', headers: {} })
    expect(await config.credentials.header()).to.equal(undefined)
    expect((await config.readTls()).ca).to.equal(undefined)
  })

  it('tells which file of a kubeconfig is missing', async () => {
    const { readTls } = await load(kubeconfig({ token: 'a' }, { 'certificate-authority': 'gone.pem' }))
    expect(await failure(readTls())).to.equal(
      `the kubeconfig names ${folder}/gone.pem, which cannot be read: correct the path or embed the data`,
    )
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
    const address = { KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '443' }
    const config = await loadClusterConfig({ ...address, CALLBOT_SERVICE_ACCOUNT_DIRECTORY: folder }, { clock })
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
      [{}, { 'proxy-url': 'ftp://proxy' }, 'use a URL with http, https or socks5'],
      [{}, { 'proxy-url': 'socks5://proxy', server: 'https://[fd00::1]:6443' }, 'set "tls-server-name"'],
      [{ 'auth-provider': {} }, {}, 'use an exec plugin'],
      [{ username: 'me' }, {}, 'use a certificate or a token'],
      [{}, { server: '' }, 'add its URL'],
    ]
    for (const [user, cluster, cure] of cases) expect(await failure(load(kubeconfig(user, cluster)))).to.contain(cure)
  })

  it('names the contexts that there are when the current one is not among them', async () => {
    const path = file('broken', stringify({ contexts: [{ name: 'other', context: { cluster: 'c' } }] }))
    expect(await failure(load(path))).to.contain(
      'no context named "" (there are: other): run "kubectl config use-context',
    )
  })

  it('tells which file is missing inside a pod', async () => {
    const env = { KUBERNETES_SERVICE_HOST: '10.0.0.1', CALLBOT_SERVICE_ACCOUNT_DIRECTORY: folder }
    expect(await failure(loadClusterConfig(env))).to.contain('automountServiceAccountToken')
  })
})
