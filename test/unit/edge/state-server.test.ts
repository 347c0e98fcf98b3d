import { expect } from 'chai'
import { request } from 'node:https'
import { listenState } from '../../../src/edge/state-server.ts'
import type { EdgeRoute } from '../../../src/rules/edge-routes.ts'
import type { Listener } from '../../../src/listeners/page-server.ts'
import { createAuthority, type Issued } from '../../kit/authority.ts'

const OBSERVER = 'callbot-operator.callbot-system.svc'
const EDGE = 'callbot-edge.callbot-system.svc'
const STATE = { zone: 'zone-a', epoch: 7, trunks: [], active: [] }

describe('the door by which the operator asks an edge', () => {
  const authority = createAuthority('ours')
  let server: Listener
  let routes: EdgeRoute[] | undefined
  before(async () => {
    const dates = { notBefore: 0, notAfter: 0, fingerprint: '' }
    const identity = { ...authority.issue([EDGE]), ca: authority.cert, ...dates }
    const pages = { state: async () => STATE, routes: async () => routes }
    server = await listenState({ port: 0, host: '127.0.0.1', identity, observer: OBSERVER, ...pages })
  })
  after(() => server.close())

  const ask = (identity: Partial<Issued>, path = '/state') =>
    new Promise<{ status?: number; text?: string }>((resolve) => {
      const target = {
        host: '127.0.0.1',
        port: server.port,
        path,
        servername: EDGE,
        ca: authority.cert,
        agent: false as const,
      }
      request({ ...target, ...identity }, (response) => {
        let text = ''
        response.on('data', (chunk) => (text += String(chunk)))
        response.on('end', () => resolve({ status: response.statusCode!, text }))
      })
        .on('error', () => resolve({}))
        .end()
    })

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

  it('has nothing else', async () => {
    for (const path of ['/metrics', '/routes/', '/routes/a%20b/c'])
      expect((await ask(authority.issue([OBSERVER]), path)).status, path).to.equal(404)
  })
})
