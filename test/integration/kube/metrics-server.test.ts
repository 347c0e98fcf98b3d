// @seconds 5
import { expect } from 'chai'
import { Registry, Counter } from 'prom-client'
import { request } from 'node:https'
import { createGate } from '../../../src/kube/access-review.ts'
import { startMetricsServer } from '../../../src/runtime/metrics-server.ts'
import { pathOf } from '../../../src/kube/resources.ts'
import { silent } from '../../../src/runtime/log.ts'
import type { Listener } from '../../../src/listeners/page-server.ts'
import { useApiServer } from '../../harness/api-server.ts'
import { createAuthority } from '../../harness/authority.ts'
import { FakeClock } from '../../harness/fake-clock.ts'

const serviceAccounts = {
  group: '',
  version: 'v1',
  plural: 'serviceaccounts',
  kind: 'ServiceAccount',
  namespaced: true,
}

describe('the metrics server before a real API server', function () {
  this.timeout(60_000)
  const api = useApiServer({ audit: false })
  const authority = createAuthority('metrics')
  const clock = new FakeClock()
  const registry = new Registry()
  let server: Listener
  let reviews = 0

  before(async () => {
    new Counter({ name: 'things_total', help: 'Things.', registers: [registry] }).inc(7)
    const transport = await api().connect({ onRequest: () => reviews++ })
    const gate = createGate({ transport, log: silent, clock })
    const certificate = authority.issue(['localhost'])
    server = await startMetricsServer({ port: 0, host: '127.0.0.1', certificate, registry, gate })
    await allow('scraper')
  })
  after(() => server?.close())

  /** A token of a ServiceAccount in default. */
  async function tokenOf(name: string): Promise<string> {
    await post(pathOf(serviceAccounts, 'default'), { metadata: { name } }).catch(() => undefined)
    const made = await post(pathOf(serviceAccounts, 'default', name, 'token'), { spec: {} })
    return (made as { status: { token: string } }).status.token
  }
  async function allow(name: string): Promise<void> {
    const rbac = '/apis/rbac.authorization.k8s.io/v1'
    await post(`${rbac}/clusterroles`, {
      metadata: { name },
      rules: [{ nonResourceURLs: ['/metrics'], verbs: ['get'] }],
    })
    await post(`${rbac}/clusterrolebindings`, {
      metadata: { name },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
      subjects: [{ kind: 'ServiceAccount', namespace: 'default', name }],
    })
  }
  async function post(path: string, body: unknown): Promise<unknown> {
    return (await api().transport.request({ purpose: 'readwrite', method: 'POST', path, body })).body
  }

  function get(
    token?: string,
    path = '/metrics',
    ca = authority.cert,
  ): Promise<{ status: number; text: string; peer: string }> {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
    return new Promise((resolve, reject) => {
      const options = { host: '127.0.0.1', port: server.port, path, headers, ca, servername: 'localhost', agent: false }
      const asking = request(options, (answer) => {
        const peer = (
          answer.socket as unknown as { getPeerCertificate(): { serialNumber: string } }
        ).getPeerCertificate()
        let text = ''
        answer.on('data', (chunk) => (text += chunk))
        answer.on('end', () => resolve({ status: answer.statusCode!, text, peer: peer.serialNumber }))
      })
      asking.on('error', reject).end()
    })
  }

  it('gives the metrics to who may get /metrics', async () => {
    const { status, text } = await get(await tokenOf('scraper'))
    expect(status).to.equal(200)
    expect(text).to.include('things_total 7')
  })

  it('refuses who has no token, a false one, or not the right, and says what is needed', async () => {
    const answers = [await get(), await get('false'), await get(await tokenOf('nobody'))]
    expect(answers.map(({ status }) => status)).to.deep.equal([401, 401, 403])
    expect(answers[2]!.text).to.include('needs the verb get on the nonResourceURL /metrics')
    for (const { text } of answers) expect(text).not.to.include('things_total')
  })

  it('asks the API server once a minute for a token, not at each scrape', async () => {
    const token = await tokenOf('scraper')
    await get(token)
    const before = reviews
    for (let i = 0; i < 5; i++) await get(token)
    expect(reviews - before).to.equal(0)
    await clock.pass(60_000)
    await get(token)
    expect(reviews - before, 'a TokenReview and a SubjectAccessReview').to.equal(2)
  })

  it('has nothing but the metrics', async () => {
    expect((await get(await tokenOf('scraper'), '/')).status).to.equal(404)
  })

  it('shows a renewed certificate to new connections without a restart', async () => {
    const token = await tokenOf('scraper')
    const { peer } = await get(token)
    server.renew(authority.issue(['localhost']))
    expect((await get(token)).peer).not.to.equal(peer)
  })

  it('lets nobody in when the API server cannot be asked, but who was let in a moment ago', async () => {
    const known = await tokenOf('scraper')
    await get(known)
    const unknown = await tokenOf('nobody')
    await api().stopApi()
    expect((await get(known)).status).to.equal(200)
    expect((await get(unknown)).status).to.equal(503)
    await api().startApi()
  })
})
