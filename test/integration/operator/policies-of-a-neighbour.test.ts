// @seconds 6
import { expect } from 'chai'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { kubectl, operatorNamespace } from '../../../hack/chart.ts'
import { repo } from '../../../hack/cluster/settings.ts'
import { RETENTION_POLICIES } from '../../../src/api/kinds.ts'
import { createApplier } from '../../../src/kube/applier.ts'
import { createInformer, type Informer } from '../../../src/kube/informer.ts'
import type { Manifest } from '../../../src/kube/raw-object.ts'
import { resources } from '../../../src/kube/resources.ts'
import { readPolicies, type FiledPolicy } from '../../../src/messages/policies.ts'
import { createPoliciesReconciler, type PoliciesReconciler } from '../../../src/operator/policies-file.ts'
import { projectPolicy, type CachedPolicy } from '../../../src/operator/observe/retention-projections.ts'
import { NO_LIMITS } from '../../../src/rules/shares.ts'
import { silent } from '../../../src/runtime/log.ts'
import { createPolicyFiles, type KnownPolicies } from '../../../src/store/policy-files.ts'
import { MANAGER, useApiServer } from '../../harness/api-server.ts'
import { eventually } from '../../harness/eventually.ts'

const HOLDS = Array.from({ length: 100 }, (_, nth) => ({
  ...{ name: `hold-${'x'.repeat(55)}-${nth}`, reference: 'case' },
  ...{ classes: ['CallerNumber', 'CallMetadata', 'Transcript', 'Recording', 'CollectedFields', 'Diagnostics'] },
  ...{ callsFrom: '2026-01-01', callsUntil: '2026-12-31', endsOn: '2028-12-31' },
}))
const policy = (
  namespace: string,
  name: string,
  days: number,
  legalHolds: object[] = [],
): Manifest & { spec: object } => ({
  ...{ apiVersion: 'callbots.dev/v1alpha1', kind: 'RetentionPolicy', metadata: { namespace, name } },
  spec: { rules: [{ class: 'Transcript', days }], ...(legalHolds.length > 0 && { legalHolds }) },
})

describe('the policies of a namespace, as they reach sweep', function () {
  this.timeout(240_000)
  const api = useApiServer({ kinds: [RETENTION_POLICIES] })
  const stopping = new AbortController()
  let policies: Informer<CachedPolicy>
  let keeper: PoliciesReconciler
  let startKeeper: (share: number) => PoliciesReconciler
  const published: string[] = []
  let folder: string
  let known: KnownPolicies<FiledPolicy>

  before(async () => {
    const ask = (args: string[]) => kubectl(['--kubeconfig', api().kubeconfig, ...args])
    await ask(['apply', '--server-side', '-f', join(repo, 'crds', 'retentionpolicies.callbots.dev.yaml')])
    // It fails at once for one that has no conditions yet.
    await eventually(() => ask(['wait', 'crd', '--all', '--for=condition=Established']), 20)
    for (const namespace of [operatorNamespace, 'acme', 'lilas', 'roses']) await ask(['create', 'namespace', namespace])
    const { transport, kube } = api()
    const base = { transport, log: silent, onChange: () => undefined }
    policies = createInformer({
      ...{ ...base, resource: RETENTION_POLICIES, project: projectPolicy },
      indexes: { namespace: (one) => [one.namespace] },
    })
    const applier = createApplier({ kube, fieldManager: MANAGER })
    const caches = { retentionPolicies: policies } as never
    startKeeper = (share) => {
      const shares = { ...NO_LIMITS, namespaces: { roses: { retentionPolicies: share } } }
      const asked = { shares, isStored: () => false, onPublished: ({ name }: { name: string }) => published.push(name) }
      return createPoliciesReconciler({ ...base, applier, namespace: operatorNamespace, caches, ...asked })
    }
    keeper = startKeeper(2)
    policies.start(stopping.signal)
    await Promise.all([policies.synced(), begun(keeper)])
    folder = mkdtempSync(join(tmpdir(), 'callbot-policies-'))
  })
  after(() => {
    stopping.abort()
    rmSync(folder, { recursive: true, force: true })
  })

  async function begun({ informers }: PoliciesReconciler): Promise<void> {
    for (const informer of informers) informer.start(stopping.signal)
    await Promise.all(informers.map((informer) => informer.synced()))
  }
  const apply = (one: Manifest) => api().kube.apply(one, { fieldManager: 'the-user' })
  /** What the projected volume of sweep's pod has. */
  async function mount(): Promise<void> {
    const names = ['callbot-policies', ...Array.from({ length: 8 }, (_, nth) => `callbot-policies-${nth}`)]
    rmSync(folder, { recursive: true })
    mkdirSync(folder)
    for (const name of names) {
      const found = await api()
        .kube.get(resources.configMaps, operatorNamespace, name)
        .catch(() => undefined)
      for (const [file, text] of Object.entries((found?.['data'] ?? {}) as Record<string, string>))
        writeFileSync(join(folder, file), text)
    }
    const files = createPolicyFiles({ folder, parse: readPolicies, log: silent })
    expect(await files.read()).to.equal(true)
    known = files.known()!
  }
  const secondsOf = (namespace: string) => known.byNamespace.get(namespace)!.map(({ rules }) => rules[0]!.seconds)
  const untilSeen = (count: number) => eventually(() => expect(policies.size).to.equal(count), 20)

  it('are those that it has had, while 41 policies with 100 legal holds each are too many', async () => {
    await apply(policy('lilas', 'month', 30))
    await apply(policy('acme', 'held', 30, HOLDS))
    await untilSeen(2)
    await keeper.reconcile(0)
    for (let nth = 1; nth < 41; nth++) await apply(policy('acme', `held-${nth}`, 30, HOLDS))
    await untilSeen(42)
    const refused = await keeper.reconcile(0).then(
      () => '',
      ({ message }: Error) => message,
    )
    expect(refused).to.include('RetentionPolicies of acme are more than sweep takes')
    await mount()
    expect(secondsOf('acme')).to.deep.equal([30 * 86_400])
    expect(known.byNamespace.get('acme')![0]!.legalHolds).to.have.lengthOf(100)
  })

  it('become stricter beside them: nobody waits for a neighbour', async () => {
    await apply(policy('lilas', 'month', 1))
    await eventually(() => {
      const [own] = [...policies.list()].filter(({ namespace }) => namespace === 'lilas')
      expect(own!.kept.lives[0]!.seconds).to.equal(86_400)
    }, 20)
    await keeper.reconcile(0).catch(() => undefined)
    await mount()
    expect(secondsOf('lilas')).to.deep.equal([86_400])
  })

  it('are as many as its share: one more is refused alone, until another goes, and a lower share takes none away', async () => {
    const namesOf = async () => {
      await keeper.reconcile(0).catch(() => undefined)
      await mount()
      return known.byNamespace.get('roses')!.map(({ name }) => name)
    }
    const remove = (name: string) => api().kube.remove(RETENTION_POLICIES, 'roses', name)
    for (const name of ['a', 'b', 'c']) await apply(policy('roses', name, 30))
    await untilSeen(45)
    expect(await namesOf()).to.have.members(['a', 'b'])
    published.length = 0
    await remove('a')
    await untilSeen(44)
    expect(await namesOf(), 'its place is free once it is published no more').to.have.members(['b'])
    expect(await namesOf()).to.have.members(['b', 'c'])
    expect(published).to.deep.equal(['c'])
    keeper = startKeeper(1)
    await begun(keeper)
    await apply(policy('roses', 'd', 30))
    await untilSeen(45)
    expect(await namesOf()).to.have.members(['b', 'c'])
  })
})
