// @stage speech  @programs voice edge
// @guard test/integration/calls/callbot-call.test.ts
import { expect } from 'chai'
import { helm, operatorNamespace, release } from '../../hack/chart.ts'
import { kubeconfigPath } from '../../hack/cluster/faults.ts'
import { installChart, talkingValues, waitReady } from '../../hack/install.ts'
import { eventually } from '../harness/eventually.ts'
import * as zones from '../harness/three-zones.ts'

/** Of config/quickstart. */
const BOT = { namespace: 'first-bot', name: 'first', number: '+33199000100' }
/** Edges that only known callers may call, as the chart has them by default. */
const values = { ...talkingValues, edge: { callers: 'Known' } }
const TEST_CALL = ['-n', operatorNamespace, '-l', 'app.kubernetes.io/component=test-call']

describe('the smallest bot, in a cluster without a telephone system', function () {
  this.timeout(600_000)
  let isBegun = false

  before(async function () {
    zones.needsLocalCluster(this)
    isBegun = true
    await installChart({ values, timeoutSeconds: 300 })
    await waitReady()
    await zones.kube('apply', '--server-side', '-f', 'config/quickstart')
    for (const condition of ['PodsAvailable', 'SpeechReady', 'RoutesPublished'])
      await zones.kube(
        ...['wait', 'callbot', BOT.name, '-n', BOT.namespace, `--for=condition=${condition}`, '--timeout=240s'],
      )
    // The first bot of all is called.
    await eventually(async () => {
      const { items } = await zones.kubeJson<{ items: zones.Bot[] }>('get', 'callbots', '-A')
      expect(items.map(({ metadata }) => metadata.name)).to.deep.equal([BOT.name])
    }, 120)
  })
  after(async () => {
    if (!isBegun) return
    await zones.kube('delete', 'pods', ...TEST_CALL, '--ignore-not-found', '--wait=false')
    await zones.kube('delete', 'callbots', '--all', '-n', BOT.namespace, '--ignore-not-found', '--wait=false')
    await zones.kube('delete', 'namespace', BOT.namespace, '--ignore-not-found', '--wait=false')
    await installChart({ values: talkingValues })
  })

  it('is called and heard by helm test, through an edge that admits known callers only', async () => {
    const text = await helm(['--kubeconfig', kubeconfigPath(), 'test', release, '-n', operatorNamespace, '--logs'])
    expect(text).to.include(`call to ${BOT.number}: passed: the bot answered and was heard`)
    expect(text).to.match(/Phase: +Succeeded/)
  })

  it('leaves nothing of helm test but its pod, with its log, until the next test', async () => {
    const kinds = 'pods,services,networkpolicies,serviceaccounts,roles,rolebindings'
    const left = await zones.kube('get', kinds, ...TEST_CALL, '-o', 'name')
    expect(left.trim()).to.equal('pod/callbot-test-call')
  })

  it('is not Ready, for no person can take a call that it can not', async () => {
    const ready = zones.readyOf(await zones.botNamed(BOT.namespace, BOT.name))
    expect(ready).to.include({ status: 'False', reason: 'FallbackUnreachable' })
  })
})
