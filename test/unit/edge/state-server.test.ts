import { expect } from 'chai'
import { request } from 'node:https'
import { listenState } from '../../../src/edge/state-server.ts'
import type { OrderOutcome } from '../../../src/rules/drill/lease.ts'
import type { EdgeRoute } from '../../../src/rules/edge-routes.ts'
import type { Listener } from '../../../src/listeners/page-server.ts'
import type { DrillOrder } from '../../../src/rules/drill/order.ts'
import { createAuthority, type Issued } from '../../harness/authority.ts'
import { anOrder } from '../../harness/driller.ts'

const OBSERVER = 'callbot-operator.callbot-system.svc'
const EDGE = 'callbot-edge.callbot-system.svc'
const NONCE = `${'a'.repeat(16)}.7`
const STATE = { zone: 'zone-a', epoch: 7, trunks: [], active: [], drills: [], marked: [], drilled: [] }

describe('the door by which the operator asks an edge', () => {
  const authority = createAuthority('ours')
  let server: Listener
  let routes: EdgeRoute[] | undefined
  let outcome: OrderOutcome = { kind: 'Given' }
  let orders: DrillOrder[] = []
  before(async () => {
    const dates = { notBefore: 0, notAfter: 0, fingerprint: '' }
    const identity = { ...authority.issue([EDGE]), ca: authority.cert, ...dates }
    const leases = { nonce: () => NONCE, order: async (order: DrillOrder) => (orders.push(order), outcome) }
    const pages = { state: async () => STATE, routes: async () => routes, leases }
    server = await listenState({ port: 0, host: '127.0.0.1', identity, observer: OBSERVER, ...pages })
  })
  after(() => server.close())

  beforeEach(() => (orders = []))

  const ask = (identity: Partial<Issued>, path = '/state', o: { method?: string; body?: string } = {}) =>
    new Promise<{ status?: number; text?: string }>((resolve) => {
      const target = {
        host: '127.0.0.1',
        port: server.port,
        path,
        servername: EDGE,
        ca: authority.cert,
        agent: false as const,
      }
      request({ ...target, ...identity, method: o.method ?? 'GET' }, (response) => {
        let text = ''
        response.on('data', (chunk) => (text += String(chunk)))
        response.on('end', () => resolve({ status: response.statusCode!, text }))
      })
        .on('error', () => resolve({}))
        .end(o.body)
    })
  const put = (identity: Partial<Issued>, body: string, path = '/drill') => ask(identity, path, { method: 'PUT', body })

  it('tells the state to who proves to be the operator', async () => {
    const { status, text = '' } = await ask(authority.issue([OBSERVER]))
    expect(status).to.equal(200)
    expect(JSON.parse(text)).to.deep.equal(STATE)
  })

  it('tells which epochs of the routes that it is asked for the proxy runs, and nothing while the proxy is away', async () => {
    const path = '/routes/lilas/accueil,lilas/soir'
    routes = [{ bot: 'lilas/accueil', epoch: 7 }]
    const { text = '' } = await ask(authority.issue([OBSERVER]), path)
    expect(JSON.parse(text)).to.deep.equal({ routes })
    expect((await ask(authority.issue(['accueil.lilas.svc']), path)).status).to.equal(403)
    routes = undefined
    expect((await ask(authority.issue([OBSERVER]), path)).status).to.equal(503)
  })

  it('tells nothing to a bot of the same authority', async () => {
    expect((await ask(authority.issue(['accueil.lilas.svc']))).status).to.equal(403)
  })

  it('opens to nobody of another authority, and to nobody without a certificate', async () => {
    expect(await ask(createAuthority('others').issue([OBSERVER]))).to.deep.equal({})
    expect(await ask({})).to.deep.equal({})
  })

  it('carries out the order of a drill for who proves to be the operator, and says with which nonce the next one goes', async () => {
    const order = anOrder(NONCE, { fault: 'Refuse' })
    const { status, text = '' } = await put(authority.issue([OBSERVER]), JSON.stringify(order))
    expect([status, JSON.parse(text)]).to.deep.equal([200, { nonce: NONCE, kind: 'Given' }])
    expect(orders).to.deep.equal([order])
    outcome = { kind: 'Refused', because: 'the drill x has the lane' }
    const refused = await put(authority.issue([OBSERVER]), JSON.stringify(order))
    expect([refused.status, JSON.parse(refused.text!)]).to.deep.equal([409, { nonce: NONCE, ...outcome }])
    outcome = { kind: 'Away' }
    expect((await put(authority.issue([OBSERVER]), JSON.stringify(order))).status).to.equal(503)
  })

  it('takes no order from a bot, none that is no order, none that is longer than 4 KiB, and none elsewhere', async () => {
    const order = JSON.stringify(anOrder(NONCE))
    expect((await put(authority.issue(['accueil.lilas.svc']), order)).status).to.equal(403)
    expect((await put(authority.issue([OBSERVER]), '{}')).status).to.equal(400)
    expect((await put(authority.issue([OBSERVER]), order.padEnd(5_000))).status).to.equal(413)
    expect((await put(authority.issue([OBSERVER]), order, '/state')).status).to.equal(404)
    expect((await ask(authority.issue([OBSERVER]), '/drill')).status).to.equal(404)
    expect((await ask(authority.issue([OBSERVER]), '/drill', { method: 'POST', body: order })).status).to.equal(405)
    expect(orders).to.deep.equal([])
  })

  it('has nothing else', async () => {
    for (const path of ['/metrics', '/routes/', '/routes/a%20b/c'])
      expect((await ask(authority.issue([OBSERVER]), path)).status, path).to.equal(404)
  })
})
