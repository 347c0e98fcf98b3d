import { expect } from 'chai'
import { Registry } from '../../../src/runtime/prometheus.ts'
import { processMetrics } from '../../../src/runtime/process-metrics.ts'

describe('the metrics of a process', () => {
  const registry = new Registry()
  processMetrics(registry)
  const value = async (name: string) =>
    Number(
      (await registry.metrics())
        .split('\n')
        .find((line) => line.startsWith(`${name} `))
        ?.split(' ')[1],
    )

  it('carry the names that Prometheus clients share, each with a value that can be true', async () => {
    expect(await value('process_resident_memory_bytes')).to.be.within(2e7, 4e9)
    expect(await value('nodejs_heap_size_used_bytes')).to.be.within(1e6, 4e9)
    expect(await value('process_open_fds')).to.be.within(3, 10_000)
    expect(await value('process_start_time_seconds')).to.be.closeTo(Date.now() / 1000 - process.uptime(), 1)
    expect(await value('nodejs_eventloop_utilization')).to.be.within(0, 1)
  })

  it('count processor time on, scrape after scrape', async () => {
    const before = await value('process_cpu_seconds_total')
    const until = process.cpuUsage().user + 50_000
    while (process.cpuUsage().user < until);
    expect(await value('process_cpu_seconds_total')).to.be.within(before + 0.05, before + 10)
  })
})
