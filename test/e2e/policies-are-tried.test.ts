// @programs operator voice
// @guard test/integration/listeners/a-closed-port.test.ts
import { expect } from 'chai'
import { eventually } from '../harness/eventually.ts'
import { needsWholeForm } from '../harness/extent.ts'
import * as zones from '../harness/three-zones.ts'

/** By somebody who wants to help: policies add up, so it opens every port of the bot. */
const opensAll = (namespace: string) => ({
  ...{ apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { name: 'opens-all', namespace } },
  spec: { podSelector: {}, policyTypes: ['Ingress'], ingress: [{}] },
})

describe('network policies of bots', function () {
  this.timeout(420_000)
  let closed: string
  let open: string
  const conditionOf = async (namespace: string, type: string) =>
    (await zones.botNamed(namespace, 'accueil')).status?.conditions?.find((each) => each.type === type)

  before(async function () {
    // Two minutes of waiting for rounds of the operator, which unit tests of the prober play with another clock.
    needsWholeForm(this)
    await zones.sharedOperatorServes()
    closed = await zones.freshNamespace('closed')
    open = await zones.freshNamespace('open')
    await zones.applyManifests(opensAll(open))
    for (const namespace of [closed, open]) await zones.applyManifests(zones.aBot(namespace, 'accueil'))
    for (const namespace of [closed, open])
      await zones.kube('wait', 'callbot', 'accueil', '-n', namespace, '--for=condition=PodsAvailable', '--timeout=180s')
  })
  after(async () => {
    for (const namespace of [closed, open]) if (namespace) await zones.removeNamespace(namespace)
  })

  it('are enforced, as a try of a closed port shows, but not where a policy of somebody else opens it', async () => {
    await eventually(async () => {
      expect(await conditionOf(open, 'PoliciesEnforced')).to.include({ status: 'False', reason: 'PoliciesNotEnforced' })
      expect(await conditionOf(closed, 'PoliciesEnforced')).to.include({ status: 'True' })
    }, 150)
  })

  it('are enforced again as soon as that policy is gone', async () => {
    await zones.kube('delete', 'networkpolicy', 'opens-all', '-n', open)
    await eventually(
      async () => expect(await conditionOf(open, 'PoliciesEnforced')).to.include({ status: 'True' }),
      120,
    )
  })
})
