// @programs operator edge voice  @seconds 190
// @guard test/e2e/calls-go-on-without-an-edge-or-the-api-server.test.ts
// @guard test/integration/kube/informer.test.ts
import { expect } from 'chai'
import { operatorNamespace } from '../../hack/chart.ts'
import { startApi, stopApi } from '../../hack/cluster/faults.ts'
import { apiServiceAddress, zones as places } from '../../hack/cluster/settings.ts'
import { pause, run, until } from '../../hack/cluster/shell.ts'
import { eventually } from '../harness/eventually.ts'
import { extent, needsWholeForm } from '../harness/extent.ts'
import * as zones from '../harness/three-zones.ts'

/** In both forms longer than the lease of a leader (4 s) and the grace period of the node controller (20 s: hack/cluster/controlplane.ts). */
const OUTAGE_SECONDS = extent('SECONDS', { short: 30, whole: 60 })
/** The operator is back at work so long after the API server can be reached again. */
const OPERATOR_SECONDS = 20
/** kube-proxy, node controller, scheduler and kubelets back off for longer, and one waits for the other: minutes on a busy machine. */
const KUBERNETES_SECONDS = 360

/** An API server that ends well takes itself off its Service: until kube-proxy has heard of it again, no pod reaches it. */
async function reachesTheApiServer(netns: string): Promise<boolean> {
  const connect = ['bash', '-c', `timeout 1 bash -c '</dev/tcp/${apiServiceAddress}/443'`]
  return run('nsenter', [`--net=/run/netns/${netns}`, ...connect]).then(
    () => true,
    () => false,
  )
}

describe(`an API server that is away for ${OUTAGE_SECONDS} s`, function () {
  this.timeout(600_000)
  let namespace: string
  // In little: test/integration/kube/leader.test.ts for the operator, calls-go-on-without-an-edge-or-the-api-server.test.ts for callers.
  before(async function () {
    needsWholeForm(this)
    zones.needsLocalCluster(this)
    await zones.operatorServes()
    namespace = await zones.freshNamespace('outage')
    await zones.applyManifests(zones.aBot(namespace, 'steady'))
    await zones.kube('wait', 'callbot', 'steady', '-n', namespace, '--for=condition=PodsAvailable', '--timeout=90s')
  })
  after(async () => {
    if (!namespace) return
    await startApi()
    await zones.removeNamespace(namespace)
  })

  it('restarts nothing and loses nothing, and reconcile goes on when it is back', async () => {
    const before = { bots: await zones.lives(namespace), operators: await zones.lives(operatorNamespace) }
    const bot = await zones.botNamed(namespace, 'steady')
    await stopApi()
    await pause(OUTAGE_SECONDS * 1000)
    await startApi()
    for (const { name, netns } of places) {
      await until(`${name} to reach the API server`, KUBERNETES_SECONDS, () => reachesTheApiServer(netns))
    }
    await eventually(async () => {
      expect(await zones.lives(namespace)).to.deep.equal(before.bots)
      expect(await zones.lives(operatorNamespace)).to.deep.equal(before.operators)
    })
    await zones.applyManifests(zones.aBot(namespace, 'after'))
    await eventually(async () => {
      const { status } = await zones.botNamed(namespace, 'after')
      expect(status?.routeEpoch, 'the operator has done its part').to.be.a('number')
    }, OPERATOR_SECONDS)
    await zones.kube(
      'wait',
      'callbots',
      '--all',
      '-n',
      namespace,
      '--for=condition=PodsAvailable',
      `--timeout=${KUBERNETES_SECONDS}s`,
    )
    // A kubelet that is slow to come back may cost an operator its node (lostNodeSeconds); no process of ours ends by itself.
    const restarted = (await zones.lives(operatorNamespace)).filter((life) => !life.endsWith('#0'))
    expect(before.operators, 'who was killed before').to.include.members(restarted)
    expect(await zones.lives(namespace)).to.include.members(before.bots)
    const now = await zones.botNamed(namespace, 'steady')
    expect(now.status?.certificate).to.deep.equal(bot.status?.certificate)
    expect(now.status?.routeEpoch).to.equal(bot.status?.routeEpoch)
  })
})
