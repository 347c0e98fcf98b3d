import type { Registry } from 'prom-client'
import { VERDICTS } from '../../api/failover-drill-status.ts'
import { Gauge } from '../../runtime/prometheus.ts'
import type { Caches } from '../observe/caches.ts'
import type { FailoverDrillFacts } from '../world/drills.ts'
import { conditionOf } from '../report/conditions/finding.ts'

const labelNames = ['namespace', 'integration'] as const

/** The drills of each Integration that has a schedule, as its status has them. Names of objects are the only labels. */
export function registerDrillMetrics(
  registry: Registry,
  { integrations, failoverDrills }: Pick<Caches, 'integrations' | 'failoverDrills'>,
): void {
  registerTimes(registry, failoverDrills)
  const scheduled = () => [...integrations.list()].filter(({ drill }) => drill !== undefined)
  const gauge = (
    name: string,
    help: string,
    valueOf: (integration: ReturnType<typeof scheduled>[number]) => number | undefined,
  ) =>
    new Gauge({
      ...{ name, help, labelNames, registers: [registry] },
      collect() {
        this.reset()
        for (const integration of scheduled()) {
          const value = valueOf(integration)
          if (value !== undefined) this.set({ namespace: integration.namespace, integration: integration.name }, value)
        }
      },
    })
  gauge(
    'callbot_drill_overdue',
    '1 when the newest passed drill is older than the schedule allows, else 0.',
    (integration) => {
      const onTime = conditionOf(integration, 'DrillOnTime')
      return onTime && Number(onTime.status === 'False')
    },
  )
  gauge(
    'callbot_drill_ready',
    '1 when a drill could run now, 0 when something is missing or unknown.',
    (integration) => {
      const ready = conditionOf(integration, 'DrillReady')
      return ready && Number(ready.status === 'True')
    },
  )
  gauge(
    'callbot_drill_missed_slots',
    'Number of missed slots since the last passed drill.',
    ({ status }) => status?.missedSlots,
  )
  new Gauge({
    name: 'callbot_drill_last_verdict',
    help: 'The verdict of the newest finished drill: 1 for it, 0 for the others.',
    labelNames: [...labelNames, 'verdict'],
    registers: [registry],
    collect() {
      this.reset()
      for (const { namespace, name, status } of integrations.list()) {
        const last = status?.lastDrill?.verdict.split('/')[0]
        if (last === undefined) continue
        for (const verdict of VERDICTS) this.set({ namespace, integration: name, verdict }, Number(verdict === last))
      }
    },
  })
}

const PHASES = {
  detect: 'detectMilliseconds',
  switch: 'switchMilliseconds',
  return: 'returnMilliseconds',
} as const

/** Of the newest finished drill of each Integration that has measured some, whoever made it. */
function registerTimes(registry: Registry, failoverDrills: Caches['failoverDrills']): void {
  new Gauge({
    name: 'callbot_drill_seconds',
    help: 'Times of the newest finished drill that has measured any, in seconds, by phase: detect, switch, return. The longest that each may have been.',
    labelNames: [...labelNames, 'phase'],
    registers: [registry],
    collect() {
      this.reset()
      for (const drill of newestMeasured(failoverDrills)) {
        const { namespace, integration, status } = drill
        for (const [phase, field] of Object.entries(PHASES)) {
          const milliseconds = status!.timings![field]
          if (milliseconds !== undefined) this.set({ namespace, integration, phase }, milliseconds / 1_000)
        }
      }
    },
  })
  new Gauge({
    name: 'callbot_drills_running',
    help: 'Number of drills that have begun and have not ended.',
    registers: [registry],
    collect() {
      this.set(failoverDrills.byIndex('running', 'yes').length)
    },
  })
}

function newestMeasured(failoverDrills: Caches['failoverDrills']) {
  const newest = new Map<string, FailoverDrillFacts>()
  for (const drill of failoverDrills.list()) {
    const { verdict, timings, finishedAt = '' } = drill.status ?? {}
    if (verdict === undefined || timings === undefined) continue
    const key = `${drill.namespace}/${drill.integration}`
    const known = newest.get(key)
    if (known === undefined || (known.status?.finishedAt ?? '') < finishedAt) newest.set(key, drill)
  }
  return newest.values()
}
