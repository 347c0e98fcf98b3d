import { expect } from 'chai'
import { Registry } from 'prom-client'
import { registerDrillMetrics } from '../../../../src/operator/metrics/drills.ts'
import type { Caches } from '../../../../src/operator/observe/caches.ts'
import { anIntegration, anIntegrationSpec } from '../../../kit/integration-worlds.ts'

const trunks = ['paris', 'lyon'].map((name, index) => ({
  ...{ name, role: index === 0 ? 'Primary' : 'Backup', address: { host: `${name}.pbx.example` } },
}))
const drilled = anIntegrationSpec({
  sip: { trunks },
  drill: { schedule: '30 6 * * 1', timeZone: 'Europe/Paris', mode: 'DryRun' },
})

describe('the metrics of drills', () => {
  it('are those of the status, for each Integration with a schedule', async () => {
    const lastTransitionTime = '2026-11-30T05:30:00Z'
    const condition = (type: string, status: 'True' | 'False') => ({
      ...{ type, status, lastTransitionTime },
      reason: 'It',
      message: 'it',
    })
    const status = {
      conditions: [condition('DrillReady', 'True'), condition('DrillOnTime', 'False')],
      lastDrill: { name: 'cabinet-1', verdict: 'Failed/DryRun', finishedAt: lastTransitionTime },
      missedSlots: 3,
    }
    const all = [anIntegration(drilled, { status }), anIntegration(undefined, { name: 'without' })]
    const registry = new Registry()
    registerDrillMetrics(registry, { integrations: { list: () => all } as unknown as Caches['integrations'] })
    const lines = (await registry.metrics())
      .split('\n')
      .filter((line) => line.startsWith('callbot_') && !line.endsWith(' 0'))
    const labels = 'namespace="lilas",integration="cabinet"'
    expect(lines).to.deep.equal([
      `callbot_drill_overdue{${labels}} 1`,
      `callbot_drill_ready{${labels}} 1`,
      `callbot_drill_missed_slots{${labels}} 3`,
      `callbot_drill_last_verdict{${labels},verdict="Failed"} 1`,
    ])
  })
})
