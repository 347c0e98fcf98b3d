import { expect } from 'chai'
import { startController } from '../../../src/kube/controller.ts'
import { createMetrics } from '../../../src/kube/controller-metrics.ts'
import { createQueue } from '../../../src/kube/queue.ts'
import { silent } from '../../../src/runtime/log.ts'
import { FakeClock, settle } from '../../harness/fake-clock.ts'

describe('the metrics of the controller kit', () => {
  /** A queue and a controller that worked on three keys: one well, one that asks to come back, one that fails. */
  async function worked() {
    const clock = new FakeClock()
    const metrics = createMetrics()
    const queue = createQueue({ clock, chance: () => 0, observe: metrics.queue('callbot') })
    metrics.watchQueue('callbot', queue)
    let leads = true
    metrics.leadership('callbot-operator', () => leads)
    metrics.request({ code: '200', method: 'GET', host: 'api:6443' })
    const controller = startController({
      name: 'callbot',
      queue,
      clock,
      concurrency: 2,
      mayWork: () => true,
      log: silent,
      metrics: metrics.controller('callbot', 2),
      reconcile: async (key) => {
        if (key === 'fails') throw new Error('no')
        if (key === 'hangs') await new Promise(() => {})
        return key === 'again' ? { recheckAfterSeconds: 60 } : undefined
      },
    })
    for (const key of ['well', 'again', 'fails']) queue.add(key, 'high')
    await settle()
    queue.add('hangs')
    await clock.pass(4)
    const text = async () => (await metrics.registry.metrics()).split('\n')
    return { text, controller, follow: () => (leads = false) }
  }

  it('carry the names and values that dashboards for controller-runtime expect', async () => {
    const { text } = await worked()
    expect(await text()).to.include.members([
      'controller_runtime_reconcile_total{controller="callbot",result="success"} 1',
      'controller_runtime_reconcile_total{controller="callbot",result="requeue_after"} 1',
      'controller_runtime_reconcile_total{controller="callbot",result="error"} 1',
      'controller_runtime_reconcile_errors_total{controller="callbot"} 1',
      'controller_runtime_reconcile_time_seconds_count{controller="callbot"} 3',
      'controller_runtime_active_workers{controller="callbot"} 1',
      'controller_runtime_max_concurrent_reconciles{controller="callbot"} 2',
      'workqueue_adds_total{name="callbot",priority="high"} 3',
      'workqueue_depth{name="callbot",priority="normal"} 0',
      'workqueue_queue_duration_seconds_count{name="callbot",priority="high"} 3',
      'workqueue_work_duration_seconds_count{name="callbot"} 3',
      'workqueue_unfinished_work_seconds{name="callbot"} 0.004',
      'workqueue_longest_running_processor_seconds{name="callbot"} 0.004',
      'workqueue_retries_total{name="callbot"} 1',
      'leader_election_master_status{name="callbot-operator"} 1',
      'rest_client_requests_total{code="200",method="GET",host="api:6443"} 1',
    ])
  })

  it('are there with 0 before anything happened, so that a rate over them works from the first time on', async () => {
    const metrics = createMetrics()
    metrics.controller('callbot', 1)
    const lines = (await metrics.registry.metrics()).split('\n')
    expect(lines).to.include('controller_runtime_reconcile_errors_total{controller="callbot"} 0')
    expect(lines).to.include('controller_runtime_reconcile_total{controller="callbot",result="error"} 0')
  })

  it('ask at each scrape who leads', async () => {
    const { text, follow } = await worked()
    follow()
    expect(await text()).to.include('leader_election_master_status{name="callbot-operator"} 0')
  })
})
