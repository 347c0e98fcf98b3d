// @seconds 10
import { expect } from 'chai'
import { createSecureContext } from 'node:tls'
import type { SecretRead } from '../../../src/edge/plan/secret-values.ts'
import type { TrunkGroup } from '../../../src/rules/trunks.ts'
import { createAuthority, type Issued } from '../../harness/authority.ts'
import { startBotCaller, type BotCaller } from '../../harness/bot-caller.ts'
import { aTrunkGroup } from '../../harness/builders-trunks.ts'
import { eventually } from '../../harness/eventually.ts'
import { startTlsTrunk, type TlsTrunk } from '../../harness/tls-trunk.ts'
import { aRoute, aSlice, loopback, PATIENT, setStage, type Stage } from './stage.ts'

const DESK = '+33144444444'
const host = loopback(32, 41)
const CLIENTS = ['acme', 'lilas'] as const
const podOf = (client: Client) => loopback(32, 11 + CLIENTS.indexOf(client))
type Client = (typeof CLIENTS)[number]

/** A carrier with one address, which shows each client a certificate of an authority of its own and wants one of theirs. */
describe('two clients of one carrier, each with a TLS identity of its own', function () {
  this.timeout(90_000)
  const carriers = { acme: createAuthority('carrier-for-acme'), lilas: createAuthority('carrier-for-lilas') }
  const clients = { acme: createAuthority('acme'), lilas: createAuthority('lilas') }
  const own = (client: Client) => clients[client].issue([`edge.${client}.example`])
  const identities: Record<Client, Issued> = { acme: own('acme'), lilas: own('lilas') }
  let isOneServer = false
  const nameFor = (client: Client) => `sbc-${isOneServer ? 'acme' : client}.carrier.example`
  let stage: Stage
  let carrier: TlsTrunk
  const bots = {} as Record<Client, BotCaller>

  const secrets = () =>
    new Map(
      CLIENTS.flatMap((client): [string, SecretRead][] => [
        [`${client}/ca`, { data: new Map([['ca.crt', carriers[client].cert]]) }],
        [
          `${client}/own`,
          {
            data: new Map([
              ['tls.crt', identities[client].cert],
              ['tls.key', identities[client].key],
              ['callbots.hosts', host],
            ]),
          },
        ],
      ]),
    )
  const group = (client: Client): TrunkGroup =>
    aTrunkGroup(
      [
        {
          ...{ host, port: 5061, transport: 'TLS', srtp: 'Required' },
          tls: { identitySecret: 'own', caSecret: { name: 'ca', key: 'ca.crt' }, serverName: nameFor(client) },
        },
      ],
      { integration: { namespace: client, name: 'standard', uid: client } },
    )
  const publish = (...groups: TrunkGroup[]) => {
    const routes = CLIENTS.map((namespace) => ({
      ...aRoute(),
      ...{ callbot: { namespace, name: 'accueil', uid: namespace }, numbers: [], integrations: ['standard'] },
    }))
    const grants = [{ address: host, namespaces: [...CLIENTS] }]
    const slices = CLIENTS.map((client) => ({
      ...aSlice({ [podOf(client)]: 'zone-a' }),
      ...{ namespace: client, serviceKey: `${client}/accueil` },
    }))
    return stage.rig.publish({ ...stage.seen(), routes, slices, trunks: groups, secrets: secrets(), grants })
  }
  const startCarrier = async () => {
    const ca = CLIENTS.map((client) => clients[client].cert)
    const shown = {
      acme: createSecureContext({ ...carriers.acme.issue([nameFor('acme')]), ca }),
      lilas: createSecureContext({ ...carriers.lilas.issue([nameFor('lilas')]), ca }),
    }
    carrier = await startTlsTrunk(host, 5061, {
      ...createAuthority('nobody').issue(['nobody']),
      ca,
      SNICallback: (name, done) => done(null, name === nameFor('acme') ? shown.acme : shown.lilas),
    })
  }
  const callBy = (client: Client) => bots[client].call(DESK, { through: `standard.${client}.trunks` })
  const isCalled = (client: Client, seconds = 15) =>
    eventually(async () => {
      expect((await callBy(client).final()).status).to.equal(200)
      expect(carrier.inviters().at(-1)).to.equal(`DNS:edge.${client}.example`)
    }, seconds)

  before(async () => {
    stage = await setStage(32, { values: [PATIENT] })
    for (const client of CLIENTS) bots[client] = await startBotCaller(stage.rig, `accueil.${client}.svc`, podOf(client))
    await startCarrier()
  })
  after(async () => {
    for (const bot of Object.values(bots)) bot.close()
    await carrier?.close()
    await stage?.stop()
  })

  it('call it each by a connection of their own, which is verified by their own authority and name', async () => {
    await publish(group('acme'), group('lilas'))
    for (const client of CLIENTS) await isCalled(client)
    for (let index = 0; index < 10; index++) for (const client of CLIENTS) await isCalled(client, 1)
    expect([...new Set(carrier.servernames())].sort()).to.deep.equal(CLIENTS.map(nameFor))
    expect(carrier.peers(), 'connections').to.have.lengthOf(2)
  })

  it('get the requests of a call by the connection that it began with', async () => {
    for (const client of CLIENTS) {
      const attempt = callBy(client)
      await attempt.final()
      attempt.within('ACK')
      attempt.within('BYE')
    }
    await eventually(() => expect(carrier.methods().filter((method) => method === 'BYE')).to.have.lengthOf(2))
    expect(carrier.peers(), 'connections').to.have.lengthOf(2)
  })

  it('do not spoil each other: with the authority of one wrong, the other calls, and no call goes by the wrong connection', async () => {
    const good = carriers.acme
    carriers.acme = createAuthority('not-the-carrier')
    await publish(group('acme'), group('lilas'))
    await eventually(async () => expect((await callBy('acme').final()).status).to.equal(503), 15)
    const before = carrier.inviters().length
    for (let index = 0; index < 5; index++) expect((await callBy('acme').final()).status).to.equal(503)
    expect(carrier.inviters(), 'calls of acme').to.have.lengthOf(before)
    await isCalled('lilas', 1)
    carriers.acme = good
    await publish(group('acme'), group('lilas'))
    await isCalled('acme')
  })

  it('do not use a connection that the other one verified, though both name the same server', async () => {
    isOneServer = true
    await publish(group('acme'), group('lilas'))
    await isCalled('acme')
    await eventually(async () => expect((await callBy('lilas').final()).status).to.equal(503), 15)
    const before = carrier.inviters().length
    for (let index = 0; index < 5; index++) {
      await isCalled('acme', 1)
      expect((await callBy('lilas').final()).status).to.equal(503)
    }
    expect(carrier.inviters().slice(before), 'callers').to.deep.equal(Array(5).fill('DNS:edge.acme.example'))
    isOneServer = false
    await publish(group('acme'), group('lilas'))
    for (const client of CLIENTS) await isCalled(client)
  })

  it('lose no call when one of them renews its certificate', async () => {
    await eventually(async () => {
      for (const { state } of (await stage.rig.proxy.trunks()).trunks.values()) expect(state).to.equal('Up')
    }, 10)
    identities.acme = own('acme')
    await publish(group('acme'), group('lilas'))
    for (let index = 0; index < 20; index++) {
      await isCalled('acme', 0)
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  })

  it('find their connections again after the carrier was restarted, and after the proxy was, agent and API server away', async () => {
    await carrier.close()
    await startCarrier()
    for (const client of CLIENTS) await isCalled(client)
    await stage.rig.stopProxy()
    await stage.rig.replaceAgent()
    await stage.rig.startProxy()
    for (const client of CLIENTS) {
      bots[client].close()
      bots[client] = await startBotCaller(stage.rig, `accueil.${client}.svc`, podOf(client))
    }
    for (const client of CLIENTS) await isCalled(client)
  })

  it('are not waited for by the kernel: the socket that marks a connection is not where it comes from', async () => {
    const answer = await stage.rig.rpc.call('tls.list')
    expect(JSON.stringify(answer)).to.match(/"dst_port":51\d\d/)
    expect(carrier.ports().every((port) => port > 5200)).to.equal(true)
  })
})
