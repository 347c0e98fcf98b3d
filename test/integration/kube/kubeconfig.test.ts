// @seconds 5
import { expect } from 'chai'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { accessIn } from '../../../hack/cluster/api.ts'
import { isUnauthorized, Unreachable } from '../../../src/kube/errors.ts'
import { loadClusterConfig } from '../../../src/kube/load-cluster-config.ts'
import { pathOf, resources } from '../../../src/kube/resources.ts'
import type { Transport } from '../../../src/kube/transport.ts'
import { useApiServer } from '../../harness/api-server.ts'
import { createAuthority } from '../../harness/authority.ts'
import { freePort } from '../../../hack/free-port.ts'
import { startHttpProxy, startSocksProxy } from '../../harness/tunnels.ts'

const ADMIN = 'admin'
const base64 = (text: string) => Buffer.from(text).toString('base64')

describe("a real API server by a person's kubeconfig", function () {
  this.timeout(60_000)
  const api = useApiServer()
  const access = () => accessIn(api().kubeconfig)
  const certificate = () => ({
    'client-certificate-data': base64(access().cert),
    'client-key-data': base64(access().key),
  })
  let folder: string
  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'callbot-kubeconfig-'))))

  async function connect(user: object, cluster: object = {}): Promise<Transport> {
    const path = join(folder, 'kubeconfig')
    const { server, ca } = access()
    const config = {
      'current-context': 'it',
      contexts: [{ name: 'it', context: { cluster: 'c', user: 'u' } }],
      clusters: [{ name: 'c', cluster: { server, 'certificate-authority-data': base64(ca), ...cluster } }],
      users: [{ name: 'u', user }],
    }
    writeFileSync(path, stringify(config))
    return api().connect({ config: await loadClusterConfig({ KUBECONFIG: path }) })
  }

  /** Who the API server says that we are. */
  async function whoAmI(transport: Transport): Promise<{ username: string; groups: string[]; extra?: object }> {
    const { body } = await transport.request({
      purpose: 'readwrite',
      method: 'POST',
      path: '/apis/authentication.k8s.io/v1/selfsubjectreviews',
      body: { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' },
    })
    return (body as { status: { userInfo: { username: string; groups: string[] } } }).status.userInfo
  }

  /** A plugin that gives one after the other, and the last one from then on. */
  function plugin(...statuses: object[]) {
    statuses.forEach((status, n) =>
      writeFileSync(join(folder, `${n + 1}.json`), JSON.stringify({ kind: 'ExecCredential', status })),
    )
    const script = `echo . >> ${folder}/runs; n=$(wc -l < ${folder}/runs | tr -d ' '); cat ${folder}/$n.json 2>/dev/null || cat ${folder}/${statuses.length}.json`
    return { exec: { apiVersion: 'client.authentication.k8s.io/v1', command: 'sh', args: ['-c', script] } }
  }
  const runs = () => readFileSync(join(folder, 'runs'), 'utf8').length / 2

  async function tokenOf(name: string): Promise<string> {
    const metadata = { name, namespace: 'default' }
    await api().kube.create({ apiVersion: 'v1', kind: 'ServiceAccount', metadata })
    const { body } = await api().transport.request({
      purpose: 'readwrite',
      method: 'POST',
      path: pathOf(resources.serviceAccounts, 'default', name, 'token'),
      body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} },
    })
    return (body as { status: { token: string } }).status.token
  }

  it('is reached with a certificate', async () => {
    expect((await whoAmI(await connect(certificate()))).username).to.equal(ADMIN)
  })

  it('is reached with the token of a credential plugin, which runs once for many requests', async () => {
    const transport = await connect(plugin({ token: await tokenOf('plugged') }))
    const all = await Promise.all(Array.from({ length: 20 }, () => whoAmI(transport)))
    expect(new Set(all.map(({ username }) => username))).to.deep.equal(
      new Set(['system:serviceaccount:default:plugged']),
    )
    expect(runs()).to.equal(1)
  })

  it('is reached with the next token of a credential plugin when it rejects the first', async () => {
    const transport = await connect(plugin({ token: 'revoked' }, { token: await tokenOf('renewed') }))
    expect((await whoAmI(transport)).username).to.equal('system:serviceaccount:default:renewed')
    expect(runs()).to.equal(2)
  })

  it('is reached with the certificate of a credential plugin, and with its next one when it rejects the first', async () => {
    const stranger = createAuthority('strangers').issue(['stranger'])
    const given = ({ cert, key }: { cert: string; key: string }) => ({
      clientCertificateData: cert,
      clientKeyData: key,
    })
    expect((await whoAmI(await connect(plugin(given(access()))))).username).to.equal(ADMIN)
    writeFileSync(join(folder, 'runs'), '')
    expect((await whoAmI(await connect(plugin(given(stranger), given(access()))))).username).to.equal(ADMIN)
    expect(runs()).to.equal(2)
  })

  it('rejects a credential plugin that has nothing better, without end', async () => {
    const transport = await connect(plugin({ token: 'revoked' }))
    const refusal = await whoAmI(transport).catch((error: unknown) => error)
    expect(isUnauthorized(refusal)).to.equal(true)
    expect(runs()).to.equal(2)
  })

  it('sees the user, the groups and the extra fields that the kubeconfig impersonates', async () => {
    const as = { as: 'jane', 'as-groups': ['devs', 'ops'], 'as-user-extra': { 'acme.example/project': ['lilas'] } }
    const me = await whoAmI(await connect({ ...certificate(), ...as }))
    expect(me.username).to.equal('jane')
    expect(me.groups).to.include.members(['devs', 'ops'])
    expect(me.extra).to.deep.equal({ 'acme.example/project': ['lilas'] })
  })

  for (const [name, start] of Object.entries({ HTTP: startHttpProxy, SOCKS: startSocksProxy })) {
    it(`is reached through the ${name} proxy of the kubeconfig, watches too`, async () => {
      const proxy = await start()
      const transport = await connect(certificate(), { 'proxy-url': proxy.url, 'tls-server-name': 'kubernetes' })
      expect((await whoAmI(transport)).username).to.equal(ADMIN)
      const query = { watch: true, sendInitialEvents: true, allowWatchBookmarks: true, timeoutSeconds: 1 }
      const more = { resourceVersionMatch: 'NotOlderThan' }
      const path = pathOf(resources.namespaces)
      const lines: string[] = []
      const watch = { purpose: 'watch', method: 'GET', path, query: { ...query, ...more } } as const
      for await (const line of transport.stream(watch)) lines.push(line)
      expect(lines.join()).to.include('"kube-system"')
      const there = new URL(access().server).host
      expect(proxy.targets).to.deep.equal([there, there])
      await transport.close()
      await proxy.close()
    })
  }

  it('is not reached when the proxy is gone, and nothing goes around it', async () => {
    const transport = await connect(certificate(), { 'proxy-url': `http://127.0.0.1:${await freePort()}` })
    const error = await transport
      .request({ purpose: 'lease', method: 'GET', path: '/version' })
      .catch((failure: unknown) => failure)
    expect(error).to.be.instanceOf(Unreachable)
  })
})
