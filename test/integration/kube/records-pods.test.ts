// @seconds 5
import { expect } from 'chai'
import type { Manifest } from '../../../src/kube/raw-object.ts'
import { newSigningCertificate, type Authority } from '../../../src/pki/certificate-authority.ts'
import type { ApplyDependencies } from '../../../src/operator/apply/dependencies.ts'
import { applyRetentionPolicy } from '../../../src/operator/apply/retention-policy.ts'
import { resources } from '../../../src/kube/resources.ts'
import { areRootKeysMissing, makeRootKeys, removeRootKeys } from '../../../src/operator/apply/root-keys.ts'
import {
  recordsLabels,
  RECORDS_TLS_SECRET,
  renderRecords,
  renderRecordsBudget,
  renderRecordsNetworkPolicy,
  renderRecordsService,
  rootKeysSecret,
  ROOTS_FILE,
} from '../../../src/operator/render/records.ts'
import type { RetentionPolicyPlan } from '../../../src/operator/steps/retention-policy.ts'
import { readRoots } from '../../../src/seal/roots.ts'
import { isFailure } from '../../../src/seal/failure.ts'
import { useApiServer } from '../../harness/api-server.ts'
import { labelled } from '../../harness/children.ts'
import { eventually } from '../../harness/eventually.ts'
import { giveLease, installRights, type OperatorPod, RIGHTS, startOperatorPod } from '../../harness/operator-pods.ts'
import { aRetentionWorld, NOW } from '../../harness/retention-worlds.ts'

const world = aRetentionWorld({
  settings: { ...aRetentionWorld().settings, recordsImage: 'localhost/callbot-operator:dev' },
})
const { namespace } = world
const ROOT_KEYS_SECRET = rootKeysSecret('a')
const records = () => {
  const { certificate, rootKeys } = world.children.statefulSet!
  return renderRecords(world, certificate!, rootKeys!)
}

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
    ['a folder over our code', (pod) => mount(pod, 'tls', '/etc/callbot/../../app/src')],
    ['a folder of its own choice', (pod) => mount(pod, 'tls', '/etc/callbot/other')],
    ['root keys as its certificate', (pod) => (pod.containers[0].volumeMounts[0].name = 'keys-a')],
    [
      'no seccomp in its container',
      (pod) => (pod.containers[0].securityContext.seccompProfile = { type: 'Unconfined' }),
    ],
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

  it('makes root keys once: they are there, sound, and not changed by it', async () => {
    await makeRootKeys(operator.kube, namespace, 'a', NOW)
    const read = async () => {
      const secret = await api().kube.get(resources.secrets, namespace, ROOT_KEYS_SECRET)
      return Buffer.from((secret.data as Record<string, string>)[ROOTS_FILE]!, 'base64').toString()
    }
    const made = await read()
    const roots = readRoots(made)
    expect(isFailure(roots) ? roots : roots.current).to.equal('2026-11-27t12-00-00')
    await makeRootKeys(operator.kube, namespace, 'a', NOW)
    expect(await read()).to.equal(made)
    const other = { ...recordsLabels }
    const written = await said(
      operator.kube.mergePatch(resources.secrets, namespace, ROOT_KEYS_SECRET, { metadata: { labels: other } }),
    )
    expect(written).to.not.equal('written')
    expect(await read()).to.equal(made)
  })

  it('destroys a generation that nothing needs, and no Secret of another name by that', async () => {
    await makeRootKeys(operator.kube, namespace, 'b', NOW)
    await removeRootKeys(operator.kube, namespace, 'b')
    const left = api().kube.get(resources.secrets, namespace, rootKeysSecret('b'))
    expect(await said(left)).to.contain('not found')
    await removeRootKeys(operator.kube, namespace, 'b')
    const other = { ...labelled('v1', 'Secret', namespace, 'their-keys'), type: 'callbots.dev/root-keys' } as Manifest
    await api().kube.create({ ...other, metadata: { ...other.metadata, labels: recordsLabels } } as Manifest)
    const removed = await said(operator.kube.remove(resources.secrets, namespace, 'their-keys'))
    expect(removed).to.contain('may make and remove the Secrets')
  })

  it('issues the certificate of callbot-records again when somebody has deleted it, and not before', async () => {
    const authority: Authority = { current: newSigningCertificate(NOW, 864_000) }
    const secretChecks: ApplyDependencies['secretChecks'] = new Map()
    const dependencies = {
      ...{ kube: operator.kube, secretChecks, leafLifetimeSeconds: 86_400 },
      authority: () => authority,
    } as ApplyDependencies
    const plan: RetentionPolicyPlan = {
      steps: [{ do: 'checkCertificate', because: 'test' }],
      ...{ waitingFor: [], recheckAfterSeconds: undefined },
    }
    const once = async () => (await applyRetentionPolicy(dependencies, world, plan)).certificate
    const first = await once()
    expect(first).to.not.equal(undefined)
    expect(await once(), 'while it is there').to.equal(undefined)
    await api().kube.remove(resources.secrets, namespace, RECORDS_TLS_SECRET)
    secretChecks.clear()
    expect((await once())?.serial)
      .to.be.a('string')
      .and.not.equal(first!.serial)
  })

  it('finds out that root keys are gone without the right to read them, and makes none by that', async () => {
    const look = (at: number) => areRootKeysMissing(operator.kube, new Map(), { namespace, slots: ['a'], now: at })
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
const mount = (pod: Loose, name: string, mountPath: string) => pod.containers[0].volumeMounts.push({ name, mountPath })
const fromSecret = { name: 'CALLBOT_X', valueFrom: { secretKeyRef: { name: 'client-password', key: 'password' } } }
