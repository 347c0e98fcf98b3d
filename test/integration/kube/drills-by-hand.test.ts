// @seconds 5
import { expect } from 'chai'
import { API_VERSION, FAILOVER_DRILLS } from '../../../src/api/kinds.ts'
import type { Manifest } from '../../../src/kube/raw-object.ts'
import { useApiServer } from '../../harness/api-server.ts'
import { labelled } from '../../harness/children.ts'
import { eventually } from '../../harness/eventually.ts'
import { giveLease, installRights, type OperatorPod, RIGHTS, startOperatorPod } from '../../harness/operator-pods.ts'

const NAMESPACE = 'clinic'
/** `written`, or what the API server said. */
const said = (write: Promise<unknown>) =>
  write.then(
    () => 'written',
    (error: Error) => error.message,
  )

describe('a person who creates a FailoverDrill', function () {
  this.timeout(60_000)
  const api = useApiServer({ kinds: [FAILOVER_DRILLS] })
  let operator: OperatorPod
  const owner = { apiVersion: API_VERSION, kind: 'Integration', name: 'cabinet', uid: 'u-1', controller: true }
  const scheduled = { type: 'Schedule', slot: '2026-11-29T04:00:00Z' }
  const drill = (name: string, { trigger, owners }: { trigger?: object; owners?: object[] } = {}): Manifest =>
    ({
      ...{ apiVersion: API_VERSION, kind: 'FailoverDrill' },
      metadata: { name, namespace: NAMESPACE, ...(owners && { ownerReferences: owners }) },
      spec: {
        integrationRef: { name: 'cabinet' },
        side: 'SIP',
        scenario: 'Blackhole',
        mode: 'DryRun',
        ...(trigger && { trigger }),
      },
    }) as unknown as Manifest
  const byHand = (manifest: Manifest) => said(api().kube.create(manifest))

  before(async () => {
    await installRights(api(), [...RIGHTS, 'drills-by-hand'])
    operator = await startOperatorPod(api(), 'operator-a')
    await giveLease(api(), operator.name)
    await api().kube.create(labelled('v1', 'Namespace', undefined, NAMESPACE))
    // A policy takes effect some moments after it was made.
    await eventually(async () =>
      expect(await said(api().kube.create(drill('probe', { trigger: scheduled }), { dryRun: true }))).to.contain(
        'Schedule',
      ),
    )
  })
  after(() => operator?.close())

  it('passes none off as scheduled, and none as that of an Integration', async () => {
    expect(await byHand(drill('forged', { trigger: scheduled }))).to.contain('is set by the operator alone')
    expect(await byHand(drill('owned', { owners: [owner] }))).to.contain('must not name an Integration')
    expect(await byHand(drill('mine'))).to.equal('written')
    const later = { metadata: { ownerReferences: [owner] } }
    expect(await said(api().kube.mergePatch(FAILOVER_DRILLS, NAMESPACE, 'mine', later))).to.contain('must not name')
  })

  it('aborts one that the schedule created, and takes its owner away, as the garbage collector does', async () => {
    expect(await said(operator.kube.create(drill('slot', { trigger: scheduled, owners: [owner] })))).to.equal('written')
    const patch = (body: object) => said(api().kube.mergePatch(FAILOVER_DRILLS, NAMESPACE, 'slot', body))
    expect(await patch({ spec: { desiredState: 'Abort' } })).to.equal('written')
    const unblocked = { ...owner, blockOwnerDeletion: false }
    expect(await patch({ metadata: { ownerReferences: [unblocked] } })).to.equal('written')
    expect(await patch({ metadata: { ownerReferences: null } })).to.equal('written')
  })
})
