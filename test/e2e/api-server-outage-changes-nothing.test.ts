import { expect } from 'chai'
import { operatorNamespace } from '../../hack/chart.ts'
import { startApi, stopApi } from '../../hack/cluster/faults.ts'
import { pause } from '../../hack/cluster/shell.ts'
import { eventually } from '../kit/eventually.ts'
import * as zones from '../kit/three-zones.ts'

const OUTAGE_SECONDS = 60
/** The operator is back at work within this time. */
const OPERATOR_SECONDS = 20
/** Node controller, scheduler and kubelets back off for longer, and one waits for the other: minutes on a busy machine. */
const KUBERNETES_SECONDS = 360

describe('an API server that is away for 60 s', function () {
  this.timeout(600_000)
  let namespace: string
  before(async function () {
    zones.needsLocalCluster(this)
    await zones.operatorServes()
    namespace = await zones.freshNamespace('outage')
    await zones.applyManifests(zones.aBot(namespace, 'steady'))
    await zones.kube('wait', 'callbot', 'steady', '-n', namespace, '--for=condition=Ready', '--timeout=90s')
  })
  after(async () => {
    await startApi()
    if (namespace) await zones.removeNamespace(namespace)
  })

  it('restarts nothing and loses nothing, and reconcile goes on when it is back', async () => {
    const before = { bots: await zones.lives(namespace), operators: await zones.lives(operatorNamespace) }
    const bot = await zones.botNamed(namespace, 'steady')
    await stopApi()
    await pause(OUTAGE_SECONDS * 1000)
    await startApi()
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
      '--for=condition=Ready',
      `--timeout=${KUBERNETES_SECONDS}s`,
    )
    expect(await zones.lives(operatorNamespace)).to.deep.equal(before.operators)
    const now = await zones.botNamed(namespace, 'steady')
    expect(now.status?.certificate).to.deep.equal(bot.status?.certificate)
    expect(now.status?.routeEpoch).to.equal(bot.status?.routeEpoch)
  })
})
