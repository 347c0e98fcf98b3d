import { createLeases, type Leases } from '../../src/edge/apply/drill-leases.ts'
import { TICK_MS, type FoundLease, type Lease } from '../../src/edge/plan/drill-lease.ts'
import type { TrunkTables } from '../../src/edge/plan/trunk-tables.ts'
import { NO_REAL_CALLS } from '../../src/rules/drill/real-calls.ts'
import type { EdgeDrill, EdgeState } from '../../src/rules/edge-state.ts'
import type { PartState } from '../../src/rules/part-state.ts'
import { integrationOf } from '../../src/rules/trunks.ts'
import type { Clock } from '../../src/runtime/clock.ts'
import { silent } from '../../src/runtime/log.ts'

/** Until a lane has found that a trunk is down, that it is up again, and until calls return to it. Milliseconds. */
const [DETECTION_MS, RECOVERY_MS, FAILBACK_MS] = [800, 1_000, 1_500]
export const PRIMARY = 'paris'
export const BACKUP = 'lyon'

/** An edge whose agent judges orders and ends leases by the edge's own code. Of its proxy there is what a drill notices. */
export interface DrillEdge {
  readonly leases: Leases
  state(): EdgeState
  /** By which trunk a test call of that drill goes now, and with which fault; undefined: the drill has no lease here. */
  callOf(drill: string): { trunk: string; fault: Lease['fault'] } | undefined
}

/** @param o.domains of the Integrations whose trunks it has */
export function createDrillEdge(o: { zone: string; domains: readonly string[]; clock: Clock }): DrillEdge {
  const { zone, domains, clock } = o
  const integrations = domains.map(integrationOf)
  const proxy = new SimulatedProxy(clock)
  const tables = {
    groups: domains.map((domain) => ({ domain, ids: [PRIMARY, BACKUP] })),
    trunks: [
      { id: PRIMARY, role: 'Primary' },
      { id: BACKUP, role: 'Backup' },
    ],
  } as unknown as TrunkTables
  const leases = createLeases({ proxy, clock, log: silent, tables: () => tables })
  const since = new Date().toISOString()
  return {
    leases,
    state: () => ({
      ...{
        zone,
        epoch: 1,
        marked: [],
        drilled: proxy.drilled(),
        nonce: leases.nonce(),
        drills: proxy.lanes().map((lane) => lane.view()),
      },
      trunks: integrations.flatMap((integration) =>
        [PRIMARY, BACKUP].map((trunk) => ({ integration, trunk, state: 'Up' as const, since, calls: 0 })),
      ),
      active: integrations.map((integration) => ({ integration, trunk: PRIMARY, since })),
    }),
    callOf: (drill) =>
      proxy
        .lanes()
        .find(({ lease }) => lease.drill === drill)
        ?.call(),
  }
}

/** Counts leases down, as kamailio.cfg does, and has a lane for each. */
class SimulatedProxy {
  private readonly held = new Map<number, Lane>()
  /** A real call a renewal, which the backup answers, for as long as a drill may have them. */
  private readonly real = new Map<string, number>()
  private readonly clock: Clock

  constructor(clock: Clock) {
    this.clock = clock
  }

  lanes(): Lane[] {
    for (const [slot, lane] of this.held) if (lane.remainingMs <= 0) this.held.delete(slot)
    return [...this.held.values()]
  }

  async leases(): Promise<FoundLease[]> {
    return this.lanes().map(({ lease, remainingMs }) => ({
      ...{ ...lease, ticks: Math.ceil(remainingMs / TICK_MS), isOpen: true },
    }))
  }

  async giveLease(lease: Lease, isNew: boolean): Promise<boolean> {
    const known = isNew ? undefined : this.held.get(lease.slot)
    const lane = known ?? new Lane(this.clock, lease)
    lane.renew(lease)
    this.held.set(lease.slot, lane)
    const met = this.real.get(lease.drill) ?? 0
    if (lease.sharePercent > 0 && met < lease.mostRealCalls) this.real.set(lease.drill, met + 1)
    return true
  }

  drilled(): EdgeState['drilled'] {
    return [...this.real].map(([drill, met]) => ({ ...NO_REAL_CALLS, drill, met, answered: met }))
  }

  async endLease(slot: number): Promise<boolean> {
    this.held.delete(slot)
    return true
  }
}

class Lane {
  lease: Lease
  private endsAt = 0
  private readonly clock: Clock
  /** By role: whether it has the fault, and since when it has been so. */
  private readonly fault = {
    Primary: { isThere: false, since: -Infinity },
    Backup: { isThere: false, since: -Infinity },
  }

  constructor(clock: Clock, lease: Lease) {
    this.clock = clock
    this.lease = lease
  }

  get remainingMs(): number {
    return this.endsAt - this.clock.monotonic()
  }

  renew(lease: Lease): void {
    this.lease = lease
    this.endsAt = this.clock.monotonic() + lease.ticks * TICK_MS
    for (const role of ['Primary', 'Backup'] as const) {
      const isThere = lease.fault !== 'None' && lease.side === role
      if (isThere !== this.fault[role].isThere) this.fault[role] = { isThere, since: this.clock.monotonic() }
    }
  }

  private state(role: 'Primary' | 'Backup'): PartState {
    const { isThere, since } = this.fault[role]
    const age = this.clock.monotonic() - since
    const isDown = isThere ? age >= DETECTION_MS : age < RECOVERY_MS
    return isDown ? 'Down' : 'Up'
  }

  /** Of a trunk that is up, calls are held back for a while. */
  private active(): string | undefined {
    const { isThere, since } = this.fault.Primary
    const isHeld = !isThere && this.clock.monotonic() - since < RECOVERY_MS + FAILBACK_MS
    if (this.state('Primary') === 'Up' && !isHeld) return PRIMARY
    return this.state('Backup') === 'Up' ? BACKUP : undefined
  }

  call(): { trunk: string; fault: Lease['fault'] } {
    const goesOn = this.fault.Primary.isThere || this.active() !== PRIMARY
    return { trunk: goesOn && !this.fault.Backup.isThere ? BACKUP : PRIMARY, fault: this.lease.fault }
  }

  view(): EdgeDrill {
    const { domain, drill, fault, side } = this.lease
    const active = this.active()
    return {
      ...{ integration: integrationOf(domain), drill, fault, side },
      remainingMilliseconds: Math.max(0, Math.ceil(this.remainingMs)),
      trunks: [
        { trunk: PRIMARY, state: this.state('Primary') },
        { trunk: BACKUP, state: this.state('Backup') },
      ],
      ...(active !== undefined && { active }),
    }
  }
}
