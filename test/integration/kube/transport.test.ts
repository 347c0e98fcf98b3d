// @seconds 28
import { expect } from 'chai'
import { once } from 'node:events'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { request as httpsRequest } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from '../../../src/kube/client.ts'
import { systemClock } from '../../../src/runtime/system-clock.ts'
import { PURPOSES } from '../../../src/kube/connection-pools.ts'
import { staticToken, tokenFile } from '../../../src/kube/bearer-tokens.ts'
import { ApiError, isForbidden, isUnauthorized, Unreachable } from '../../../src/kube/errors.ts'
import { pathOf, resources } from '../../../src/kube/resources.ts'
import type { Transport } from '../../../src/kube/transport.ts'
import { MANAGER, useApiServer } from '../../harness/api-server.ts'
import { eventually } from '../../harness/eventually.ts'
import { startTcpProxy, type TcpProxy } from '../../harness/tcp-proxy.ts'
import { patient } from '../../harness/patience.ts'

const configMap = (name: string, value = 'x') => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { namespace: 'default', name },
  data: { value },
})
const collection = pathOf(resources.configMaps, 'default')

describe('the transport against a real API server', function () {
  this.timeout(60_000)
  // The old way of limiting requests: it answers 429 with Retry-After as soon as so many are at work.
  const api = useApiServer({
    flags: ['--enable-priority-and-fairness=false', '--max-requests-inflight=2', '--max-mutating-requests-inflight=1'],
  })
  let proxy: TcpProxy
  let codes: Record<string, number> = {}
  const onRequest = ({ code }: { code: string }) => void (codes[code] = (codes[code] ?? 0) + 1)
  let through: Transport

  before(async () => {
    proxy = await startTcpProxy(api().server)
    through = await api().connect({ server: proxy.url, onRequest })
    await api().kube.create({ ...meta('v1', 'ServiceAccount', 'rotating') })
    await grant()
  })
  beforeEach(() => void (codes = {}))
  afterEach(() => {
    proxy.resume()
    proxy.repair()
  })
  after(() => proxy.close())

  const meta = (apiVersion: string, kind: string, name: string) => ({
    apiVersion,
    kind,
    metadata: { namespace: 'default', name },
  })
  const post = async (path: string, body: object) =>
    (await api().transport.request({ purpose: 'readwrite', method: 'POST', path, body })).body as never
  const rbac = '/apis/rbac.authorization.k8s.io/v1/namespaces/default'
  async function grant() {
    const rules = [{ apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'list', 'watch', 'create', 'patch'] }]
    await post(`${rbac}/roles`, { ...meta('rbac.authorization.k8s.io/v1', 'Role', 'r'), rules })
    await post(`${rbac}/rolebindings`, {
      ...meta('rbac.authorization.k8s.io/v1', 'RoleBinding', 'r'),
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'r' },
      subjects: [{ kind: 'ServiceAccount', namespace: 'default', name: 'rotating' }],
    })
  }
  /** A token that dies with the Secret of that name. */
  const tokenBoundTo = async (name: string): Promise<string> => {
    const secret = await api().kube.create(meta('v1', 'Secret', name))
    const answer: { status: { token: string } } = await post(
      pathOf(resources.serviceAccounts, 'default', 'rotating', 'token'),
      {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenRequest',
        spec: { boundObjectRef: { apiVersion: 'v1', kind: 'Secret', name, uid: secret.metadata.uid } },
      },
    )
    return answer.status.token
  }
  const withToken = async (credentials: ReturnType<typeof staticToken>) =>
    api().connect({
      onRequest,
      config: { ...api().config, credentials, readTls: async () => ({ ca: (await api().config.readTls()).ca }) },
    })

  /** A request that changes something and whose body never ends: the server is busy with it until it is released. */
  const occupy = async (token: string): Promise<{ release: () => void }> => {
    const { ca } = await api().config.readTls()
    const body = { 'content-type': 'application/json', 'content-length': '100', expect: '100-continue' }
    const headers = { authorization: `Bearer ${token}`, ...body }
    const request = httpsRequest(new URL(collection, api().server), { method: 'POST', ca, headers })
    const reads = once(request, 'continue').then(() => true)
    const refuses = once(request, 'response').then(() => false)
    request.flushHeaders()
    const isTaken = await Promise.race([reads, refuses])
    for (const left of [reads, refuses]) left.catch(() => undefined)
    request.on('error', () => undefined)
    if (isTaken) return { release: () => request.destroy() }
    // It was busy with a request of its own: its controllers write while it starts.
    request.destroy()
    return occupy(token)
  }

  it('waits as Retry-After says when the server has too much to do, for every method, and gets through', async () => {
    const token = await tokenBoundTo('busy')
    const transport = await withToken(staticToken(token))
    const kube = createClient({ transport, fieldManager: MANAGER })
    const { release } = await occupy(token)
    const began = performance.now()
    const creating = Promise.all(Array.from({ length: 6 }, (_, n) => kube.create(configMap(`busy-${n}`))))
    await eventually(() => expect(codes['429'], 'refused tries').to.be.at.least(6)).finally(release)
    const created = await creating
    expect(new Set(created.map(({ metadata }) => metadata.uid)).size).to.equal(6)
    expect(performance.now() - began, 'Retry-After is a second').to.be.greaterThan(1000)
  })

  it('takes the new token from the file when the old one is refused', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'token-')), 'token')
    writeFileSync(file, await tokenBoundTo('first'))
    const transport = await withToken(tokenFile(file, systemClock))
    const list = () => transport.request({ purpose: 'readwrite', method: 'GET', path: collection })
    await list()
    await api().kube.remove(resources.secrets, 'default', 'first')
    // The API server remembers for ten seconds that a token was good.
    await eventually(async () => {
      const refusal = await list().then(
        () => undefined,
        (error: unknown) => error,
      )
      expect(isUnauthorized(refusal)).to.equal(true)
    }, 30)
    writeFileSync(file, await tokenBoundTo('second'))
    expect((await list()).status).to.equal(200)
  })

  it('tells a refusal with its reason, and counts it', async () => {
    const transport = await withToken(staticToken(await tokenBoundTo('third')))
    const refusal: unknown = await transport
      .request({ purpose: 'readwrite', method: 'GET', path: pathOf(resources.secrets, 'default') })
      .catch((error: unknown) => error)
    expect(isForbidden(refusal)).to.equal(true)
    expect((refusal as ApiError).message).to.contain('cannot list resource "secrets"')
    expect(codes).to.deep.equal({ '403': 1 })
  })

  it('repeats applies through broken connections, and none is lost', async () => {
    const kube = createClient({ transport: through, fieldManager: MANAGER })
    // One try less than a request has: each may be hit every time, and still must get through.
    let left = PURPOSES.readwrite.attempts - 1
    const breaking = setInterval(() => left-- > 0 && proxy.drop(), 60)
    const applies = Array.from({ length: 300 }, (_, n) => kube.apply(configMap(`applied-${n % 50}`, `${n}`)))
    await Promise.all(applies).finally(() => clearInterval(breaking))
    expect(codes['<error>'], 'broken tries').to.be.greaterThan(0)
  })

  it('never repeats a create that may have arrived', async () => {
    const kube = createClient({ transport: through, fieldManager: MANAGER })
    const breaking = setInterval(() => proxy.drop(), 15)
    const outcomes = await Promise.allSettled(
      Array.from({ length: 300 }, (_, n) => kube.create(configMap(`created-${n}`))),
    ).finally(() => clearInterval(breaking))
    const failures = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as Error] : []))
    expect(failures.length, 'lost answers').to.be.greaterThan(0)
    for (const failure of failures) expect(failure).to.be.instanceOf(Unreachable)
  })

  it('gives up on a silent server after its time-out, and goes on when it speaks again', async () => {
    const get = () =>
      through.request({ purpose: 'readwrite', method: 'GET', path: collection, timeoutSeconds: 1, attempts: 1 })
    await get()
    proxy.stall()
    const began = performance.now()
    const failure: unknown = await get().catch((error: unknown) => error)
    expect(failure).to.be.instanceOf(Unreachable)
    // A second for the answer, and at most five to open a connection if none was open.
    expect(performance.now() - began).to.be.within(900, 8000)
    proxy.resume()
    expect((await get()).status).to.equal(200)
  })

  it('gives up all sockets of a purpose when one of them went silent', async () => {
    // Of its own: one that gave up its sockets in a test before would not do so again within ten seconds.
    const fresh = await api().connect({ server: proxy.url })
    const get = (timeoutSeconds: number, attempts = 2) =>
      fresh.request({ purpose: 'readwrite', method: 'GET', path: collection, timeoutSeconds, attempts })
    await Promise.all(Array.from({ length: 8 }, () => get(20)))
    proxy.stallPresent()
    const began = performance.now()
    // One request pays for the discovery; its neighbours' sockets are as dead: a request that met one of them would fail, with one try each.
    await get(1)
    expect(performance.now() - began).to.be.within(900, 8000)
    await Promise.all(Array.from({ length: 8 }, () => get(5, 1)))
  })

  it('ends at once when it is stopped', async () => {
    proxy.stall()
    const reason = new Error('enough')
    const controller = new AbortController()
    const waiting = through
      .request({ purpose: 'lease', method: 'GET', path: collection, signal: controller.signal })
      .catch((error: unknown) => error)
    setTimeout(() => controller.abort(reason), 50)
    const began = performance.now()
    expect(await waiting).to.equal(reason)
    expect(performance.now() - began).to.be.below(patient(500))
  })

  it('keeps a socket free for the lease while all others are taken', async () => {
    const query = { watch: true, timeoutSeconds: 4, resourceVersion: 0 }
    const hogs = Array.from({ length: 40 }, () =>
      api()
        .transport.request({ purpose: 'readwrite', method: 'GET', path: collection, query })
        .catch(() => {}),
    )
    await new Promise((resolve) => setTimeout(resolve, 200))
    const began = performance.now()
    await api().transport.request({ purpose: 'lease', method: 'GET', path: collection })
    expect(performance.now() - began).to.be.below(patient(1000))
    await api().transport.close()
    await Promise.all(hogs)
  })
})
