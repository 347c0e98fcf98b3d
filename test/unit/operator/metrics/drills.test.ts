import { expect } from 'chai'
import { Registry } from 'prom-client'
import { registerDrillMetrics } from '../../../../src/operator/metrics/drills.ts'
import type { Caches } from '../../../../src/operator/observe/caches.ts'
import type { FailoverDrillFacts } from '../../../../src/operator/world/drills.ts'
import { aDrill, anIntegration, anIntegrationSpec } from '../../../harness/integration-worlds.ts'

const trunks = ['paris', 'lyon'].map((name, index) => ({
  ...{ name, role: index === 0 ? 'Primary' : 'Backup', address: { host: `${name}.pbx.example` } },
}))
const drilled = anIntegrationSpec({
  sip: { trunks },
  drill: { schedule: '30 6 * * 1', timeZone: 'Europe/Paris', mode: 'DryRun' },
})

const ended = (finishedAt: string, timings?: object) =>
  ({ verdict: 'Passed', finishedAt, timings }) as unknown as FailoverDrillFacts['status']

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
    const drills = [
      aDrill({ name: 'old', status: ended('2026-11-29T05:30:00Z', { detectMilliseconds: 9_000 }) }),
      aDrill({
        name: 'new',
        status: ended(lastTransitionTime, { detectMilliseconds: 1_400, returnMilliseconds: 26_000 }),
      }),
      aDrill({ name: 'by-checks', status: ended('2026-12-01T05:30:00Z') }),
    ]
    registerDrillMetrics(registry, {
      integrations: { list: () => all } as unknown as Caches['integrations'],
      failoverDrills: { list: () => drills, byIndex: () => [aDrill()] } as unknown as Caches['failoverDrills'],
    })
    const lines = (await registry.metrics())
      .split('\n')
      .filter((line) => line.startsWith('callbot_') && !line.endsWith(' 0'))
    const labels = 'namespace="lilas",integration="cabinet"'
    expect(lines).to.deep.equal([
      `callbot_drill_seconds{${labels},phase="detect"} 1.4`,
      `callbot_drill_seconds{${labels},phase="return"} 26`,
      'callbot_drills_running 1',
      `callbot_drill_overdue{${labels}} 1`,
      `callbot_drill_ready{${labels}} 1`,
      `callbot_drill_missed_slots{${labels}} 3`,
      `callbot_drill_last_verdict{${labels},verdict="Failed"} 1`,
    ])
  })
})
