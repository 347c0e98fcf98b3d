import { expect } from 'chai'
import type { Manifest } from '../../../src/kube/raw-object.ts'
import { resources } from '../../../src/kube/resources.ts'
import { areRootKeysMissing, makeRootKeys } from '../../../src/operator/apply/root-keys.ts'
import {
  recordsLabels,
  renderRecords,
  renderRecordsBudget,
  renderRecordsNetworkPolicy,
  renderRecordsService,
  ROOT_KEYS_SECRET,
  ROOTS_FILE,
} from '../../../src/operator/render/records.ts'
import { readRoots } from '../../../src/seal/roots.ts'
import { isFailure } from '../../../src/seal/failure.ts'
import { useApiServer } from '../../kit/api-server.ts'
import { labelled } from '../../kit/children.ts'
import { eventually } from '../../kit/eventually.ts'
import { giveLease, installRights, type OperatorPod, RIGHTS, startOperatorPod } from '../../kit/operator-pods.ts'
import { aRetentionWorld, NOW } from '../../kit/retention-worlds.ts'

const world = aRetentionWorld({
  settings: { ...aRetentionWorld().settings, image: 'localhost/callbot-operator:dev' },
})
const { namespace } = world
const records = () => renderRecords(world, world.children.statefulSet!.certificate!)

/** A manifest to be changed at will. */
type Loose = ReturnType<typeof JSON.parse>

/** `written`, or what the API server said. */
const said = (write: Promise<unknown>) =>
  write.then(
    () => 'written',
    (error: Error) => error.message,
  )

describe('what a token of the operator is good for where call records are kept', function () {
  this.timeout(60_000)
  const api = useApiServer()
  let operator: OperatorPod
  const changed = (change: (pod: Loose, whole: Loose) => void): Manifest => {
    const manifest = structuredClone(records()) as Loose
    change(manifest.spec.template.spec, manifest)
    return manifest
  }

  before(async () => {
    await installRights(api(), [...RIGHTS, 'records-pods'], ['records.enabled=true'])
    operator = await startOperatorPod(api(), 'operator-a')
    await giveLease(api(), operator.name)
    await api()
      .kube.create(labelled('v1', 'Namespace', undefined, namespace))
      .catch(() => undefined)
    // A policy takes effect some moments after it was made.
    await eventually(async () => {
      const evil = changed((pod) => (pod.hostNetwork = true))
      expect(await said(operator.kube.apply(evil, { dryRun: true }))).to.contain('may run no pod')
    })
  })
  after(() => operator?.close())

  const evils: [what: string, change: (pod: Loose, whole: Loose) => void][] = [
    ['another name', (_, whole) => (whole.metadata.name = 'callbot-other')],
    ['another program', (pod) => (pod.containers[0].args = ['operator'])],
    ['a command', (pod) => (pod.containers[0].command = ['sh'])],
    ['another image', (pod) => (pod.containers[0].image = 'registry.example/evil:1')],
    ['a second container', (pod) => pod.containers.push({ ...pod.containers[0], name: 'second' })],
    ['a token', (pod) => (pod.automountServiceAccountToken = true)],
    ['another account', (pod) => (pod.serviceAccountName = 'admin')],
    ['a Secret of the namespace', (pod) => (pod.volumes[0].secret.secretName = 'client-password')],
    ['a folder of the node', (pod) => pod.volumes.push({ name: 'node', hostPath: { path: '/' } })],
    ['a volume of its own', (_, whole) => (whole.spec.volumeClaimTemplates = [claim])],
    ['a variable from a Secret', (pod) => pod.containers[0].env.push(fromSecret)],
    ['a variable of Node', (pod) => pod.containers[0].env.push({ name: 'NODE_OPTIONS', value: '--inspect' })],
    ['root', (pod) => (pod.containers[0].securityContext.runAsUser = 0)],
    ['a writable root', (pod) => (pod.containers[0].securityContext.readOnlyRootFilesystem = false)],
    ['the label of a bot', (_, whole) => (whole.spec.template.metadata.labels['callbots.dev/callbot'] = 'accueil')],
  ]
  for (const [what, change] of evils) {
    it(`runs no StatefulSet with ${what}`, async () => {
      expect(await said(operator.kube.apply(changed(change)))).to.match(/callbot-operator may/)
    })
  }

  it('is for the records of a namespace as the operator makes them', async () => {
    const all = [renderRecordsNetworkPolicy(world), renderRecordsService(world), renderRecordsBudget(world), records()]
    for (const each of all) expect(await said(operator.kube.apply(each)), each.kind).to.equal('written')
  })

  it('makes root keys once: they are there, sound, and neither changed nor removed by it', async () => {
    await makeRootKeys(operator.kube, namespace, NOW)
    const read = async () => {
      const secret = await api().kube.get(resources.secrets, namespace, ROOT_KEYS_SECRET)
      return Buffer.from((secret.data as Record<string, string>)[ROOTS_FILE]!, 'base64').toString()
    }
    const made = await read()
    const roots = readRoots(made)
    expect(isFailure(roots) ? roots : roots.current).to.equal('2026-11-27')
    await makeRootKeys(operator.kube, namespace, NOW)
    expect(await read()).to.equal(made)
    const removed = await said(operator.kube.remove(resources.secrets, namespace, ROOT_KEYS_SECRET))
    expect(removed).to.contain('neither change nor remove them')
    const other = { ...recordsLabels }
    const written = await said(
      operator.kube.mergePatch(resources.secrets, namespace, ROOT_KEYS_SECRET, { metadata: { labels: other } }),
    )
    expect(written).to.not.equal('written')
    expect(await read()).to.equal(made)
  })

  it('finds out that root keys are gone without the right to read them, and makes none by that', async () => {
    const look = (at: number) => areRootKeysMissing(operator.kube, new Map(), namespace, at)
    expect(await look(NOW)).to.equal(false)
    await api().kube.remove(resources.secrets, namespace, ROOT_KEYS_SECRET)
    expect(await look(NOW)).to.equal(true)
    expect(await look(NOW)).to.equal(true)
    expect(await said(operator.kube.get(resources.secrets, namespace, ROOT_KEYS_SECRET))).to.contain('forbidden')
  })
})

const claim = {
  metadata: { name: 'data' },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
}
const fromSecret = { name: 'CALLBOT_X', valueFrom: { secretKeyRef: { name: 'client-password', key: 'password' } } }
