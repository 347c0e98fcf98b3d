// @seconds 5
import { expect } from 'chai'
import { X509Certificate } from 'node:crypto'
import { resources } from '../../../src/kube/resources.ts'
import { silent } from '../../../src/runtime/log.ts'
import { newSigningCertificate, trustBundle, type Authority } from '../../../src/pki/certificate-authority.ts'
import {
  createCertificateReconciler,
  type CertificateReconciler,
} from '../../../src/operator/certificates/component-secrets.ts'
import { useApiServer } from '../../harness/api-server.ts'
import { eventually } from '../../harness/eventually.ts'

const namespace = 'default'
const DAY = 86_400_000

describe('the certificates of edge and speech server', function () {
  this.timeout(30_000)
  const api = useApiServer()
  const end = new AbortController()
  let authority: Authority
  let keeper: CertificateReconciler
  let changes = 0
  let now = Date.now()

  before(async () => {
    authority = { current: newSigningCertificate(now, 5 * 365 * 86_400) }
    keeper = createCertificateReconciler({
      transport: api().transport,
      kube: api().kube,
      log: silent,
      namespace,
      authority: () => authority,
      leafLifetimeSeconds: 30 * 86_400,
      database: undefined,
      renewAtFraction: 0.66,
      onChange: () => changes++,
    })
    for (const informer of keeper.informers) informer.start(end.signal)
    await Promise.all(keeper.informers.map((informer) => informer.synced()))
  })
  after(() => end.abort())

  const read = async (part: string) => {
    const { data, metadata } = await api().kube.get(resources.secrets, namespace, `callbot-${part}-tls`)
    const text = (key: string) => Buffer.from((data as Record<string, string>)[key]!, 'base64').toString()
    const routeKey = part === 'edge' ? text('route.key') : undefined
    return { uid: metadata.uid!, leaf: new X509Certificate(text('tls.crt')), bundle: text('ca.crt'), routeKey }
  }
  const uids = async () => [(await read('edge')).uid, (await read('speech')).uid]
  /** Works until nothing is left to do, as the queue would. */
  const settle = async () => {
    await eventually(async () => {
      const { recheckAfterSeconds = 0 } = await keeper.reconcile((now += 1000))
      expect(recheckAfterSeconds).to.be.greaterThan(60)
    })
  }

  it('are not issued before there is a CA', async () => {
    const { current } = authority
    authority = {}
    expect(await keeper.reconcile(now)).to.deep.equal({})
    authority = { current }
  })

  it('are issued for the names of their Services, by the CA, with all that it trusts', async () => {
    await settle()
    for (const part of ['edge', 'speech']) {
      const { leaf, bundle } = await read(part)
      const host = `callbot-${part}.${namespace}.svc`
      expect(leaf.checkHost(host)).to.equal(host)
      expect(leaf.verify(new X509Certificate(authority.current!.certificate).publicKey)).to.be.true
      expect(bundle).to.equal(trustBundle(authority))
    }
  })

  it('are left alone while they serve, also by an operator that has just started', async () => {
    const before = await uids()
    for (let round = 0; round < 5; round++) await keeper.reconcile(now + round * DAY)
    expect(await uids()).to.deep.equal(before)
  })

  it('are issued once, however often somebody asks before the watch has shown them', async () => {
    await api().kube.remove(resources.secrets, namespace, 'callbot-edge-tls')
    await eventually(() => expect(keeper.informers[0]!.size).to.equal(0))
    await keeper.reconcile(now)
    const { uid } = await read('edge')
    for (let round = 0; round < 5; round++) await keeper.reconcile(now)
    expect((await read('edge')).uid).to.equal(uid)
  })

  it('come with the key of the routes of all edges, which stays the same when a certificate is issued again', async () => {
    await settle()
    const { routeKey, uid } = await read('edge')
    expect(routeKey).to.match(/^[0-9a-f]{64}$/)
    const names = { edge: 'callbot-edge-tls', speech: 'callbot-speech-tls' }
    const { data } = await api().kube.get(resources.secrets, namespace, names.speech)
    expect(Object.keys(data as object)).to.have.members(['tls.crt', 'tls.key', 'ca.crt'])
    await api().kube.mergePatch(resources.secrets, namespace, names.edge, { data: { 'tls.key': null } })
    await eventually(async () => {
      await keeper.reconcile((now += 1000))
      const again = await read('edge')
      expect(again.uid).not.to.equal(uid)
      expect(again.routeKey).to.equal(routeKey)
    })
  })

  it('are issued again when somebody removes or spoils that key, with the same one', async () => {
    await settle()
    const { routeKey } = await read('edge')
    for (const spoilt of [null, Buffer.from('short').toString('base64')]) {
      const { uid } = await read('edge')
      await api().kube.mergePatch(resources.secrets, namespace, 'callbot-edge-tls', { data: { 'route.key': spoilt } })
      await eventually(async () => {
        await keeper.reconcile((now += 1000))
        const again = await read('edge')
        expect(again.uid).not.to.equal(uid)
        expect(again.routeKey).to.equal(routeKey)
      })
      await settle()
    }
  })

  it('are recreated at once when somebody removes or spoils them', async () => {
    await settle()
    const before = changes
    const spoilt = { data: { 'tls.key': Buffer.from('not a key').toString('base64') } }
    await api().kube.mergePatch(resources.secrets, namespace, 'callbot-speech-tls', spoilt)
    await eventually(() => expect(changes).to.be.greaterThan(before))
    const [edge, speech] = await uids()
    await settle()
    expect((await read('edge')).uid).to.equal(edge)
    expect((await read('speech')).uid).not.to.equal(speech)
  })

  it('follow the CA: to a wider circle of trust, and then to another signer', async () => {
    const next = newSigningCertificate(now, 5 * 365 * 86_400)
    authority = { current: authority.current, next }
    await settle()
    expect((await read('edge')).bundle).to.equal(trustBundle(authority))
    authority = { current: next, previous: authority.current }
    await settle()
    expect((await read('edge')).leaf.verify(new X509Certificate(next.certificate).publicKey)).to.be.true
  })

  it('are renewed when two thirds of their life are over', async () => {
    await settle()
    const before = await uids()
    now += 19 * DAY
    await keeper.reconcile(now)
    expect(await uids()).to.deep.equal(before)
    now += DAY
    await settle()
    for (const uid of await uids()) expect(before).not.to.include(uid)
  })
})
