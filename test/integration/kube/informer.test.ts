// @seconds 33
import { expect } from 'chai'
import { createClient, listPage, type Kube } from '../../../src/kube/client.ts'
import { resources } from '../../../src/kube/resources.ts'
import type { Transport } from '../../../src/kube/transport.ts'
import { MANAGER, useApiServer } from '../../harness/api-server.ts'
import { eventually } from '../../harness/eventually.ts'
import { followKind, seen, type Follower } from '../../harness/follower.ts'
import { startTcpProxy, type TcpProxy } from '../../harness/tcp-proxy.ts'

const resource = resources.configMaps
const manifest = (namespace: string, name: string, label: string) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { namespace, name, labels: { label } },
})

describe('an informer against a real API server', function () {
  this.timeout(90_000)
  const api = useApiServer({ flags: ['--etcd-compaction-interval=2s', '--feature-gates=ListFromCacheSnapshot=false'] })
  let proxy: TcpProxy
  let throughProxy: Transport
  let direct: Kube
  let namespace = ''
  let count = 0
  const followers: Follower[] = []

  before(async () => {
    proxy = await startTcpProxy(api().server)
    throughProxy = await api().connect({ server: proxy.url })
    direct = api().kube
  })
  beforeEach(async () => {
    namespace = `informer-${++count}`
    await direct.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } } as never)
  })
  afterEach(() => {
    for (const follower of followers.splice(0)) follower.stop()
    proxy.resume()
    proxy.repair()
  })
  after(() => proxy.close())

  const follow = async (o: Partial<Parameters<typeof followKind>[0]> = {}) => {
    const follower = followKind({ transport: throughProxy, resource, namespace, ...o })
    followers.push(follower)
    await follower.informer.synced()
    return follower
  }
  const truth = async () => {
    const live = []
    for await (const raw of direct.list(resource, { namespace })) live.push(seen(raw))
    return live.sort(byName)
  }
  const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1)
  const expectTruth = async (follower: Follower) => {
    const live = await truth()
    expect([...follower.informer.list()].sort(byName)).to.deep.equal(live)
    expect([...follower.books.values()].sort(byName)).to.deep.equal(live)
    expect(follower.problems).to.deep.equal([])
  }
  const write = (name: string, label: string) => direct.apply(manifest(namespace, name, label))
  const writeMany = async (total: number, label: string) => {
    let next = 0
    const worker = async () => {
      while (next < total) await write(`object-${next++}`, label)
    }
    await Promise.all(Array.from({ length: 16 }, worker))
  }

  for (const streaming of [false, true])
    it(`lists 2,000 objects ${streaming ? 'through the watch' : 'page by page'}, each once`, async () => {
      await writeMany(2000, 'one')
      const follower = await follow({ streaming, pageSize: 300 })
      expect(follower.informer.size).to.equal(2000)
      expect(follower.changes).to.equal(2000)
      await expectTruth(follower)
    })

  it('tells every change in order, and the end of an object', async () => {
    const follower = await follow()
    await writeMany(50, 'one')
    await writeMany(50, 'two')
    for (let n = 0; n < 25; n++) await direct.remove(resource, namespace, `object-${n}`)
    await eventually(() => expectTruth(follower))
    expect(follower.changes).to.equal(50 + 50 + 25)
  })

  it('loses and doubles nothing when its connection is reset over and over', async () => {
    const follower = await follow()
    const writing = writeMany(400, 'one').then(() => writeMany(400, 'two'))
    const resets = () => follower.watches.filter((why) => why === 'failed').length
    // On a busy machine a connection may not be there yet when it would be reset.
    for (let n = 0; n < 10 || resets() < 3; n++) {
      await new Promise((resolve) => setTimeout(resolve, 60))
      proxy.drop()
    }
    await writing
    await eventually(() => expectTruth(follower))
    expect(follower.lists, 'a reset needs no new list').to.deep.equal(['start'])
  })

  it('goes on after the API server was killed and started again', async () => {
    const follower = await follow()
    await writeMany(100, 'before')
    await eventually(() => expectTruth(follower))
    await api().killApi()
    await api().startApi()
    await writeMany(100, 'after')
    await direct.remove(resource, namespace, 'object-7')
    await eventually(() => expectTruth(follower), 30)
  })

  it('lists again when what it knows is too old (410), and tells what is gone since', async () => {
    await writeMany(40, 'one')
    const follower = await follow()
    proxy.refuse()
    for (let n = 0; n < 20; n++) await direct.remove(resource, namespace, `object-${n}`)
    await write('object-30', 'two')
    await write('newcomer', 'one')
    // A new API server's watch cache begins at its start: what lies before is gone for those who watch.
    await api().killApi()
    await api().startApi()
    await new Promise((resolve) => setTimeout(resolve, 3000))
    await write('later', 'one')
    proxy.repair()
    await eventually(() => expectTruth(follower), 30)
    expect(follower.lists).to.deep.equal(['start', 'expired'])
  })

  it('treats silence as a dead connection, and opens a new one', async () => {
    const follower = await follow({ silenceSeconds: 3 })
    await write('first', 'one')
    await eventually(() => expectTruth(follower))
    proxy.stall()
    await write('second', 'one')
    await new Promise((resolve) => setTimeout(resolve, 4500))
    expect(follower.informer.get(namespace, 'second')).to.equal(undefined)
    proxy.resume()
    await eventually(() => expectTruth(follower))
    expect(follower.watches).to.include('silent')
  })

  it('begins the list again when its continue token expires on the way', async () => {
    await writeMany(60, 'one')
    const page = await listPage(api().transport, resource, { namespace, limit: 10 })
    let expired: unknown
    await eventually(async () => {
      await write('tick', String(Math.random()))
      expired = await listPage(api().transport, resource, { namespace, limit: 10, continue: page.continue }).then(
        () => undefined,
        (error: unknown) => error,
      )
      expect(expired).to.have.property('status', 410)
    }, 30)
    let pages = 0
    const transport: Transport = {
      ...api().transport,
      request: (r) =>
        api().transport.request(++pages === 2 ? { ...r, query: { ...r.query, continue: page.continue } } : r),
    }
    const follower = await follow({ transport, streaming: false, pageSize: 10 })
    await expectTruth(follower)
    expect(follower.lists).to.deep.equal(['start', 'expired'])
  })

  it('survives handlers that throw', async () => {
    const follower = await follow({
      onChange: () => {
        throw new Error('a bug')
      },
    })
    await writeMany(20, 'one')
    await eventually(() => expectTruth(follower))
    expect(follower.mishaps).to.equal(20)
  })

  it('sees its own writes at once, and never raises the dead', async () => {
    const follower = await follow()
    const kube = createClient({ transport: api().transport, fieldManager: MANAGER })
    const random = async (n: number) => {
      const name = `object-${n % 5}`
      const answer = await kube.apply(manifest(namespace, name, String(n)))
      follower.informer.absorb(answer)
      const known = follower.informer.get(namespace, name)
      // Unless somebody removed it since, we see at least our own write.
      if (known && known.uid === answer.metadata.uid)
        expect(Number(known.resourceVersion)).to.be.at.least(Number(answer.metadata.resourceVersion))
      if (n % 3 === 0) await direct.remove(resource, namespace, name)
    }
    for (let round = 0; round < 60; round++) await Promise.all([0, 1, 2, 3].map((n) => random(round * 4 + n)))
    await eventually(() => expectTruth(follower))
    await new Promise((resolve) => setTimeout(resolve, 300))
    await expectTruth(follower)
  })

  it('forgets what we removed at once, and late news do not bring it back', async () => {
    const follower = await follow()
    for (let n = 0; n < 30; n++) {
      const answer = await write('brief', String(n))
      follower.informer.absorb(answer)
      expect(await direct.remove(resource, namespace, 'brief', { uid: answer.metadata.uid })).to.equal(undefined)
      follower.informer.forget(namespace, 'brief', answer.metadata.uid ?? '')
      expect(follower.informer.get(namespace, 'brief')).to.equal(undefined)
    }
    await eventually(() => expectTruth(follower))
    expect(follower.books.size).to.equal([...follower.informer.list()].length)
  })
})
