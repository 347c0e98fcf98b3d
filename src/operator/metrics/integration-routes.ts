import type { Registry } from 'prom-client'
import { Gauge } from '../../runtime/prometheus.ts'
import type { Caches } from '../observe/caches.ts'

const ROLES = ['Primary', 'Backup', 'None', 'Unknown'] as const

/** By which way calls (requests) go to each client's systems now, as the status has it. Names of objects are the only labels. */
export function registerRouteMetrics(registry: Registry, { integrations }: Pick<Caches, 'integrations'>): void {
  new Gauge({
    name: 'callbot_integration_route',
    help: 'The route to a system of a client that is in use: 1 for its role, 0 for the others.',
    labelNames: ['namespace', 'integration', 'side', 'role'],
    registers: [registry],
    collect() {
      this.reset()
      for (const { namespace, name, status } of integrations.list()) {
        for (const [side, route] of [['SIP', status?.sip] as const, ['HTTP', status?.http] as const]) {
          if (route === undefined) continue
          for (const role of ROLES) this.set({ namespace, integration: name, side, role }, route.role === role ? 1 : 0)
        }
      }
    },
  })
}
