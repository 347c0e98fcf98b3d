// @stage drill  @programs operator edge  @seconds 116
// @guard test/integration/edge/a-drill-of-real-calls.test.ts
// @guard test/e2e/drill-rings-no-agent.test.ts
import { expect } from 'chai'
import { integration, PROMPT, useDrillStage, watchFault } from '../harness/drill-stage.ts'
import { eventually } from '../harness/eventually.ts'
import { needsWholeForm } from '../harness/extent.ts'
import * as zones from '../harness/three-zones.ts'

/** Two probes fail, the operator sees that at its next poll, and sends orders. */
const END_SECONDS = 8

describe('a synthetic drill of a client whose backup is dead', function () {
  this.timeout(300_000)
  // In `make test`, the sweep plays drills whose backup fails.
  before(function () {
    needsWholeForm(this)
  })
  // Before the stage's own, which may take it down.
  after(async () => {
    await stage()?.restart('lyon')
    await stage()?.routeIsWell()
  })
  const stage = useDrillStage()

  it('simulates nothing when test calls by the backup do not hear what they should', async () => {
    const { begin, end, namespace } = stage()
    await zones.applyManifests(integration(namespace, 'deaf', { testCall: { to: PROMPT } }))
    const { spec } = await zones.kubeJson<{ spec: { integrationRefs: object[] } }>(
      'get',
      'callbot',
      'desk',
      '-n',
      namespace,
    )
    const refs = JSON.stringify({ spec: { integrationRefs: [...spec.integrationRefs, { name: 'deaf' }] } })
    await zones.kube('patch', 'callbot', 'desk', '-n', namespace, '--type=merge', '-p', refs)
    await zones.kube('rollout', 'status', 'deployment/desk', '-n', namespace, '--timeout=120s')
    await zones.settledPods(namespace)
    const fault = await watchFault()
    await begin('deaf', { integrationRef: { name: 'deaf' } })
    const status = await end('deaf')
    expect(status).to.include({ verdict: 'Failed' })
    expect(status.because).to.match(
      /^no fault was simulated, for a test call failed before: .*(OtherSound|TonesMissing|Refused)/,
    )
    expect(await fault.count()).to.equal(0)
    expect(status.timings).to.equal(undefined)
  })

  it('is over at once when the backup dies meanwhile: no edge simulates the fault any more', async () => {
    const { beginUntil, end, kill } = stage()
    const fault = await beginUntil('dies', 'Holding')
    expect(await fault.count(), 'edges with the fault').to.equal(3)
    await kill('lyon')
    const seconds = await fault.secondsUntilGone(END_SECONDS)
    console.log(`      the fault was gone ${seconds.toFixed(1)} s after the backup died`)
    const status = await end('dies', 20)
    expect(status.verdict).to.be.oneOf(['Interrupted', 'Failed'])
    expect(status.because).to.match(
      /^(the primary or the backup stopped answering real calls|during the fault, \d+ of \d+ test calls failed)/,
    )
  })

  it('is skipped when the backup is dead before, and nothing is simulated', async () => {
    const { begin, end } = stage()
    const fault = await watchFault()
    await eventually(async () => {
      const name = `dead-${Date.now()}`
      await begin(name)
      const status = await end(name, 30)
      expect(status).to.include({ verdict: 'Skipped' })
      expect(status.because).to.match(/^lyon does not answer in zone-a, zone-b, zone-c: repair it/)
    }, 60)
    expect(await fault.count()).to.equal(0)
  })
})
