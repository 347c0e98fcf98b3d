import { DEFAULT_EGRESS } from '../../src/rules/egress.ts'
import type { TrunkFacts } from '../../src/edge/plan/trunk-tables.ts'
import type { Trunk, TrunkGroup } from '../../src/rules/trunks.ts'

interface Failover {
  holdSeconds?: number
  /** Long by default: a machine that is busy must not look like a trunk that is silent. */
  perTryMilliseconds?: number
}

/** What an edge knows beside the groups of trunks: nothing yet, but for the argument. */
export const trunkFacts = (known: Partial<TrunkFacts> = {}): TrunkFacts => ({
  ...{ addresses: new Map(), secrets: new Map(), kept: new Map(), now: 0 },
  ...{ holders: new Map(), grants: [], lines: [], mostLines: 2, egress: DEFAULT_EGRESS, isOnLoopback: false },
  ...known,
})

/** Trunks of a client's telephone system, in plain UDP by default; those after the first are backups. */
export function aTrunkGroup(
  trunks: (Partial<Trunk> & { host: string })[],
  { holdSeconds = 0, perTryMilliseconds = 4_000, ...more }: Partial<TrunkGroup> & Failover = {},
): TrunkGroup {
  return {
    integration: { namespace: 'lilas', name: 'standard', uid: 'i' },
    epoch: 1,
    trunks: trunks.map((trunk, index) => ({
      ...{ name: index === 0 ? 'main' : `spare-${index}`, role: index === 0 ? 'Primary' : 'Backup', port: 5060 },
      ...{ transport: 'UDP', srtp: 'Preferred', maxCalls: 100, callsPerSecond: 100 },
      ...trunk,
    })) as Trunk[],
    probe: { intervalSeconds: 1, timeoutMilliseconds: 1000, downAfter: 2, upAfter: 2 },
    failover: {
      onStatusCodes: [408, 480, 500, 501, 502, 503, 504],
      perTryMilliseconds,
      failback: { mode: 'Automatic', holdSeconds },
    },
    callerNumber: 'Caller',
    ...more,
  }
}
