import { expect } from 'chai'
import { startHealthServer, type Check, type HealthServer } from '../../../src/runtime/health-server.ts'

describe('the health server', () => {
  let server: HealthServer
  let problem: string | undefined
  let ready: Check = () => undefined
  const get = async (path: string) => {
    const response = await fetch(`http://127.0.0.1:${server.port}${path}`)
    return [response.status, await response.text()] as const
  }

  before(async () => {
    const live = { workers: () => problem, loop: () => undefined }
    server = await startHealthServer({ port: 0, host: '127.0.0.1', live, ready: { caches: () => ready() } })
  })
  beforeEach(() => {
    problem = undefined
    ready = () => undefined
  })
  after(() => server.close())

  it('answers ok while every check is', async () => {
    expect(await get('/healthz')).to.deep.equal([200, 'ok'])
    expect(await get('/readyz')).to.deep.equal([200, 'ok'])
  })

  it('names the check that fails, and why', async () => {
    problem = 'a reconcile ignores its deadline'
    expect(await get('/healthz')).to.deep.equal([
      500,
      '[-]workers failed: a reconcile ignores its deadline\n[+]loop ok\nhealthz check failed\n',
    ])
    expect((await get('/readyz'))[0], 'one has nothing to do with the other').to.equal(200)
  })

  it('reports every check when asked, or one', async () => {
    problem = 'no'
    expect(await get('/readyz?verbose')).to.deep.equal([200, '[+]caches ok\nreadyz check passed\n'])
    expect((await get('/healthz/loop'))[0]).to.equal(200)
    expect((await get('/healthz/workers'))[0]).to.equal(500)
  })

  it('takes a check that throws for one that fails', async () => {
    ready = () => {
      throw new Error('a bug')
    }
    expect(await get('/readyz')).to.deep.equal([500, '[-]caches failed: a bug\nreadyz check failed\n'])
  })

  it('knows nothing else', async () => {
    for (const path of ['/', '/metrics', '/healthz/other', '/healthz/loop/x', '/constructor', '/healthz/constructor'])
      expect((await get(path))[0], path).to.equal(404)
  })

  it('says which port is taken, and the cure', async () => {
    const error = await startHealthServer({ port: server.port, host: '127.0.0.1', live: {}, ready: {} }).then(
      () => undefined,
      (thrown: Error) => thrown,
    )
    expect(error?.message).to.equal(
      `Cannot listen on 127.0.0.1:${server.port} (EADDRINUSE): free the port or choose another.`,
    )
  })
})
