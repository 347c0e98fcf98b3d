import type { RealCalls } from '../../rules/drill/real-calls.ts'
import type { MarkedCalls } from '../../rules/edge-state.ts'
import type { ProxyRpc } from '../../telephony/proxy-rpc.ts'
import type { FoundLease, Lease } from '../plan/drill-lease.ts'
import {
  DRILLED_TABLE,
  LEASE_TABLE,
  leaseText,
  MARKED_TABLE,
  openKey,
  readDrilled,
  readLeases,
  readMarked,
  ticksKey,
} from '../render/drill-lease.ts'
import { dumpTable } from './proxy-tables.ts'

export interface ProxyDrills {
  /** Of drills, those that are not over; undefined while it is away. */
  leases(): Promise<FoundLease[] | undefined>
  /** False: it can't. @param isNew its lane begins again */
  giveLease(lease: Lease, isNew: boolean): Promise<boolean>
  /** False: it can't. */
  endLease(slot: number): Promise<boolean>
  /** Test calls of drills since it started, by the domain of the Integration; nothing while it is away. */
  marked(): Promise<ReadonlyMap<string, MarkedCalls>>
  /** Real calls that joined drills of the last hours, by the UID of the drill; nothing while it is away. */
  drilled(): Promise<ReadonlyMap<string, RealCalls>>
}

export function proxyDrills(rpc: ProxyRpc): ProxyDrills {
  const isDone = async (...call: Parameters<ProxyRpc['call']>) => (await rpc.call(...call)).ok
  return {
    async leases() {
      const rows = await dumpTable(rpc, LEASE_TABLE)
      return rows && readLeases(rows)
    },
    async giveLease(lease, isNew) {
      // Refused where it is not there, as specified.
      if (isNew) await rpc.call('htable.delete', LEASE_TABLE, openKey(lease.slot))
      // The ticks last: without them nothing acts.
      return (
        (await isDone('htable.sets', LEASE_TABLE, String(lease.slot), leaseText(lease))) &&
        (await isDone('htable.seti', LEASE_TABLE, ticksKey(lease.slot), lease.ticks))
      )
    },
    endLease: (slot) => isDone('htable.seti', LEASE_TABLE, ticksKey(slot), 0),
    async marked() {
      return readMarked((await dumpTable(rpc, MARKED_TABLE)) ?? new Map())
    },
    async drilled() {
      return readDrilled((await dumpTable(rpc, DRILLED_TABLE)) ?? new Map())
    },
  }
}
