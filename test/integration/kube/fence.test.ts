// @seconds 5
import { expect } from 'chai'
import { readFileSync } from 'node:fs'
import { CALLBOTS } from '../../../src/api/kinds.ts'
import type { Kube } from '../../../src/kube/client.ts'
import { isFenceRefusal } from '../../../src/kube/fence.ts'
import type { Manifest } from '../../../src/kube/raw-object.ts'
import { pathOf, resources } from '../../../src/kube/resources.ts'
import { replaceUnreadSecret } from '../../../src/kube/write-only-secret.ts'
import { markPods } from '../../../src/operator/apply/scale-down.ts'
import { DELETION_COST } from '../../../src/operator/render/manifest.ts'
import { useApiServer } from '../../harness/api-server.ts'
import { eventually } from '../../harness/eventually.ts'
import {
  ACCOUNT,
  giveLease,
  HOME,
  installRights,
  requestToken,
  speakAs,
  startOperatorPod,
} from '../../harness/operator-pods.ts'
import type { OperatorPod } from '../../harness/operator-pods.ts'
import { CHILDREN, labelled, sampleBot } from '../../harness/children.ts'
import { patient } from '../../harness/patience.ts'

const LEASE = pathOf(resources.leases, HOME, ACCOUNT)
const SECRET_VALUE = 'correct horse battery staple'

/** How a write went: `written`, or the refusal. */
async function outcome(
  write: Promise<unknown>,
): Promise<{ written: boolean; status?: number; fenced?: boolean; text: string }> {
  try {
    return { written: true, text: JSON.stringify((await write) ?? {}) }
  } catch (error) {
    const { status, message, details } = error as { status: number; message: string; details: unknown }
    return { written: false, status, fenced: isFenceRefusal(error), text: `${message} ${JSON.stringify(details)}` }
  }
}

describe('the fence in the API server', function () {
  this.timeout(60_000)
  const api = useApiServer({ audit: true, kinds: [CALLBOTS] })
  let a: OperatorPod
  let b: OperatorPod
  let serial = 0
  const route = (value = `${serial++}`) =>
    labelled('v1', 'ConfigMap', HOME, 'route.shop.bot', { data: { route: value } })

  before(async () => {
    await installRights(api())
    a = await startOperatorPod(api(), 'operator-a')
    b = await startOperatorPod(api(), 'operator-b')
    await giveLease(api(), a.name)
    await api().kube.create(labelled('v1', 'Namespace', undefined, 'shop'))
    await api().kube.apply(sampleBot('shop', 'bot'))
    // A policy takes effect some moments after it was made.
    await eventually(async () => void expect((await outcome(b.kube.apply(route()))).fenced).to.equal(true))
    await eventually(async () => void expect((await outcome(a.kube.apply(labelless()))).status).to.equal(403))
  })
  after(async () => {
    await a?.close()
    await b?.close()
  })

  const labelless = (): Manifest => ({ ...route(), metadata: { namespace: HOME, name: 'not-ours' } })

  describe('while a pod holds the lease', () => {
    for (const [kind, manifest] of Object.entries(CHILDREN)) {
      it(`lets the holder write a ${kind} and refuses the other`, async () => {
        expect(await outcome(a.kube.apply(manifest('shop')))).to.include({ written: true })
        expect(await outcome(b.kube.apply(manifest('shop')))).to.include({ written: false, status: 403, fenced: true })
      })
    }

    it('lets the holder write the status of a Callbot and refuses the other', async () => {
      const status = { observedGeneration: 1 }
      expect(await outcome(a.kube.patchStatus(CALLBOTS, 'shop', 'bot', status))).to.include({ written: true })
      expect(await outcome(b.kube.patchStatus(CALLBOTS, 'shop', 'bot', status))).to.include({ fenced: true })
    })

    it('lets the holder make and replace a sealed Secret, and refuses the other both', async () => {
      const secret = (n: string) =>
        labelled('v1', 'Secret', 'shop', `sealed-${n}`, {
          type: 'callbots.dev/sip-tls',
          stringData: { 'tls.key': 'k' },
        })
      expect(await outcome(b.kube.create(secret('new')))).to.include({ fenced: true })
      expect(await outcome(replaceUnreadSecret(a.kube, secret('own')))).to.include({ written: true })
      const before = await api().kube.get(resources.secrets, 'shop', 'sealed-own')
      expect(await outcome(replaceUnreadSecret(b.kube, secret('own')))).to.include({ fenced: true })
      expect((await api().kube.get(resources.secrets, 'shop', 'sealed-own')).metadata.uid).to.equal(before.metadata.uid)
      expect(await outcome(replaceUnreadSecret(a.kube, secret('own')))).to.include({ written: true })
      expect((await api().kube.get(resources.secrets, 'shop', 'sealed-own')).metadata.uid).not.to.equal(
        before.metadata.uid,
      )
    })

    it('lets the holder remove a route and refuses the other', async () => {
      await a.kube.apply(route())
      expect(await outcome(b.kube.remove(resources.configMaps, HOME, 'route.shop.bot'))).to.include({ fenced: true })
      expect(await outcome(a.kube.remove(resources.configMaps, HOME, 'route.shop.bot'))).to.include({ written: true })
    })

    it('says who does not hold the lease, who does, and that nothing is to be done', async () => {
      const { text } = await outcome(b.kube.apply(route()))
      expect(text).to.match(
        /pod operator-b does not hold the lease callbot-system\/callbot-operator \(holder: operator-a\)/,
      )
      expect(text).to.match(/goes back to standby by itself/)
    })

    it('leaves the refusal, with the pod that was refused, in the audit log', async () => {
      await outcome(b.kube.apply(route()))
      await eventually(() => {
        const entries = readFileSync(api().auditLog, 'utf8')
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line))
        const refusal = entries.filter((each) => each.responseStatus?.code === 403).at(-1)
        expect(refusal.user.extra['authentication.kubernetes.io/pod-name']).to.deep.equal(['operator-b'])
        expect(refusal.responseStatus.message).to.include('does not hold the lease')
      })
    })

    it('refuses a token of the operator that is bound to no pod', async () => {
      const { kube, transport } = await speakAs(api().config, await requestToken(api()))
      const { text, fenced } = await outcome(kube.apply(route()))
      expect([fenced, /a token that is bound to no pod/.test(text)]).to.deep.equal([true, true])
      await transport.close()
    })

    it('leaves the lease, events and reviews open to the standby', async () => {
      const lease = await b.transport.request({ purpose: 'lease', method: 'GET', path: LEASE })
      expect(
        await outcome(b.transport.request({ purpose: 'lease', method: 'PUT', path: LEASE, body: lease.body })),
      ).to.include({
        written: true,
      })
      const event = {
        apiVersion: 'events.k8s.io/v1',
        kind: 'Event',
        metadata: { namespace: 'shop', name: 'e' },
        eventTime: '2026-01-01T00:00:00.000000Z',
        type: 'Normal',
        reason: 'Because',
        action: 'Doing',
        note: 'So it is.',
        regarding: { apiVersion: 'callbots.dev/v1alpha1', kind: 'Callbot', namespace: 'shop', name: 'bot' },
        reportingController: 'callbots.dev/operator',
        reportingInstance: 'operator-b',
      }
      const path = pathOf(resources.events, 'shop')
      expect(await outcome(b.transport.request({ purpose: 'events', method: 'POST', path, body: event }))).to.include({
        written: true,
      })
      const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token: a.token } }
      const reviews = '/apis/authentication.k8s.io/v1/tokenreviews'
      expect(
        await outcome(b.transport.request({ purpose: 'readwrite', method: 'POST', path: reviews, body: review })),
      ).to.include({ written: true })
    })
  })

  it('refuses the old holder from a moment after a hand-over on, for good', async () => {
    const toTurn: number[] = []
    for (let round = 0; round < 10; round++) {
      const [from, to] = round % 2 === 0 ? [a, b] : [b, a]
      await giveLease(api(), to.name)
      const began = performance.now()
      await eventually(async () => void expect((await outcome(to.kube.apply(route()))).written).to.equal(true))
      toTurn.push(performance.now() - began)
      for (let i = 0; i < 20; i++) expect(await outcome(from.kube.apply(route()))).to.include({ fenced: true })
    }
    const sorted = toTurn.toSorted((x, y) => x - y)
    console.log(
      `      the fence follows a hand-over in ${sorted[5]!.toFixed(0)} ms (median), ${sorted.at(-1)!.toFixed(0)} ms (worst)`,
    )
    expect(sorted.at(-1)).to.be.below(patient(1_000))
    await giveLease(api(), a.name)
  })

  describe('when the Lease is not there', () => {
    before(async () => {
      await api().kube.remove(resources.leases, HOME, ACCOUNT)
      await eventually(async () => void expect((await outcome(a.kube.apply(route()))).written).to.equal(false))
    })
    after(() => giveLease(api(), a.name))

    it('refuses the operator everything that nobody else writes: status, routes, Secrets', async () => {
      const secret = labelled('v1', 'Secret', 'shop', 'without', { type: 'callbots.dev/sip-tls' })
      expect(await outcome(a.kube.patchStatus(CALLBOTS, 'shop', 'bot', { observedGeneration: 2 }))).to.include({
        fenced: true,
      })
      expect(await outcome(a.kube.apply(route()))).to.include({ fenced: true })
      expect(await outcome(a.kube.create(secret))).to.include({ fenced: true })
    })

    it('hinders nobody else: Callbots, and the Deployments that the controller manager writes', async () => {
      const bot = { metadata: { labels: { changed: 'yes' } } }
      expect(await outcome(api().kube.mergePatch(CALLBOTS, 'shop', 'bot', bot))).to.include({ written: true })
      const revision = { metadata: { annotations: { 'deployment.kubernetes.io/revision': '2' } } }
      expect(await outcome(api().kube.mergePatch(resources.deployments, 'shop', 'bot', revision))).to.include({
        written: true,
      })
      expect(await outcome(api().kube.apply(labelless()))).to.include({ written: true })
    })
  })

  describe('the operator, even as the holder', () => {
    const as = (): Kube => a.kube
    const foreign = (kind: string, apiVersion: string, rest: object): Manifest =>
      ({ apiVersion, kind, metadata: { namespace: 'shop', name: 'foreign' }, ...rest }) as Manifest
    const aPod = (name: string, metadata: object = {}): Manifest => {
      const pod = labelled('v1', 'Pod', 'shop', name, { spec: { containers: [{ name: 'voice', image: 'none' }] } })
      return { ...pod, metadata: { ...pod.metadata, ...metadata } }
    }
    const label = { metadata: { labels: { 'app.kubernetes.io/managed-by': ACCOUNT } } }

    before(async () => {
      await api().kube.apply(foreign('Secret', 'v1', { type: 'Opaque', stringData: { password: SECRET_VALUE } }))
      await api().kube.apply(foreign('ConfigMap', 'v1', { data: { theirs: 'yes' } }))
      // As the controller manager makes it; pods need one.
      await api().kube.create({
        apiVersion: 'v1',
        kind: 'ServiceAccount',
        metadata: { namespace: 'shop', name: 'default' },
      })
      await eventually(async () => void expect((await outcome(as().apply(route()))).written).to.equal(true))
    })

    it('changes nothing that lacks its label, and can not put the label there first', async () => {
      const own = labelled('v1', 'ConfigMap', 'shop', 'foreign', { data: { ours: 'now' } })
      expect(await outcome(as().apply(own))).to.include({ written: false, status: 403, fenced: false })
      expect(await outcome(as().mergePatch(resources.configMaps, 'shop', 'foreign', label))).to.include({ status: 403 })
      expect((await api().kube.get(resources.configMaps, 'shop', 'foreign')).data).to.deep.equal({ theirs: 'yes' })
    })

    it('makes no Secret of another type than its own, and its authority only at home', async () => {
      const make = (namespace: string, type: string) => labelled('v1', 'Secret', namespace, `new-${serial++}`, { type })
      expect(await outcome(as().create(make('shop', 'Opaque')))).to.include({ status: 403 })
      expect(await outcome(as().create(make('shop', 'example.com/other')))).to.include({
        status: 403,
      })
      expect(await outcome(as().create(make('shop', 'callbots.dev/ca')))).to.include({ status: 403 })
      expect(await outcome(as().create(make(HOME, 'callbots.dev/ca')))).to.include({ written: true })
    })

    it('marks a pod of its bots to leave first, takes the mark away, and changes nothing else of it', async () => {
      const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'bot-1', uid: 'u', controller: true }
      const pod = await api().kube.create(aPod('bot-1', { ownerReferences: [owner], annotations: { theirs: 'yes' } }))
      const ref = { name: 'bot-1', uid: pod.metadata.uid! }
      const writer = { kube: as(), caches: { pods: { absorb: () => {} } } as never }
      const annotations = async () => (await api().kube.get(resources.pods, 'shop', 'bot-1')).metadata.annotations
      await markPods(writer, 'shop', [ref], true)
      expect(await annotations()).to.deep.equal({ theirs: 'yes', [DELETION_COST]: '-1' })
      await markPods(writer, 'shop', [ref], false)
      expect(await annotations()).to.deep.equal({ theirs: 'yes' })
      const changes = [
        { spec: { activeDeadlineSeconds: 1 } },
        { metadata: { annotations: { theirs: 'no' } } },
        { metadata: { annotations: { theirs: null } } },
        { metadata: { annotations: { ours: 'now' } } },
        { metadata: { labels: { app: 'other' } } },
        { metadata: { ownerReferences: null } },
        { metadata: { finalizers: ['callbots.dev/never'] } },
      ]
      const image = { op: 'replace', path: '/spec/containers/0/image', value: 'evil' } as const
      const tries = [
        as().jsonPatch(resources.pods, 'shop', 'bot-1', [image]),
        ...changes.map((change) => as().mergePatch(resources.pods, 'shop', 'bot-1', change)),
      ]
      for (const result of await Promise.all(tries.map(outcome)))
        expect(result).to.include({ written: false, status: 403, fenced: false })
    })

    it('marks no pod of anybody else, and takes a pod that is gone, or another by now, for no fault', async () => {
      const writer = { kube: as(), caches: { pods: { absorb: () => {} } } as never }
      await api().kube.create({ ...aPod('foreign'), metadata: { namespace: 'shop', name: 'foreign' } })
      const mark = { metadata: { annotations: { [DELETION_COST]: '-1' } } }
      expect(await outcome(as().mergePatch(resources.pods, 'shop', 'foreign', mark))).to.include({ status: 403 })
      await markPods(writer, 'shop', [{ name: 'gone', uid: 'u' }], true)
      await api().kube.create(aPod('successor'))
      await markPods(writer, 'shop', [{ name: 'successor', uid: 'of-its-predecessor' }], true)
      const { metadata } = await api().kube.get(resources.pods, 'shop', 'successor')
      expect(metadata.annotations).to.equal(undefined)
    })

    it('has no way to read a Secret of somebody else, or to remove it', async () => {
      const patch = (contentType: string, body: unknown) =>
        a.transport.request({
          purpose: 'readwrite',
          method: 'PATCH',
          path: pathOf(resources.secrets, 'shop', 'foreign'),
          contentType,
          body,
        })
      const base64 = Buffer.from(SECRET_VALUE).toString('base64')
      const copy = { op: 'copy', from: '/data/password', path: '/metadata/labels' }
      const tries = [
        as().get(resources.secrets, 'shop', 'foreign'),
        // The API server's answer to a patch that spoils the object quotes the object. So: no right to patch.
        patch('application/merge-patch+json', { kind: 'Spoilt' }),
        patch('application/json-patch+json', [copy]),
        patch('application/json-patch+json', [{ op: 'test', path: '/data/password', value: base64 }]),
        patch('application/strategic-merge-patch+json', { immutable: 'x' }),
        as().apply(foreign('Secret', 'v1', { type: 'Opaque', data: { password: 'eA==' } })),
        as().remove(resources.secrets, 'shop', 'foreign'),
        replaceUnreadSecret(as(), labelled('v1', 'Secret', 'shop', 'foreign', { type: 'callbots.dev/sip-tls' })),
        a.transport.request({ purpose: 'readwrite', method: 'GET', path: pathOf(resources.secrets) }),
      ]
      for (const result of await Promise.all(tries.map(outcome))) {
        expect(result).to.include({ written: false, status: 403 })
        expect(result.text).not.to.include(SECRET_VALUE)
        expect(result.text).not.to.include(base64)
      }
      expect((await api().kube.get(resources.secrets, 'shop', 'foreign')).data).to.deep.equal({ password: base64 })
    })
  })
})
