import { readFileSync } from 'node:fs'
import type { FuzzStage } from './stage.ts'
import { member } from '../../../src/edge/report/proxy-answers.ts'

/** What a round must leave as it was. */
export interface Vitals {
  /** Of the proxy's shared memory. */
  readonly sharedOctets: number
  readonly relaySessions: number
  readonly relayOctets: number
  /** Of the real pod's heap, after a collection. */
  readonly podOctets: number
}

/** How much more of each may be used after a round: tables have rows for what was seen, allocators keep what they have. */
const MAY_GROW: Readonly<Record<keyof Vitals, number>> = {
  sharedOctets: 2 << 20,
  relaySessions: 0,
  relayOctets: 64 << 20,
  podOctets: 8 << 20,
}

export async function vitalsOf({ rig, real }: FuzzStage): Promise<Vitals> {
  const memory = await rig.rpc.call('core.shmmem')
  if (!memory.ok) throw new Error('the proxy does not say how much memory it uses')
  return {
    sharedOctets: Math.round(Number(member(memory.values[0], 'real_used'))),
    relaySessions: await rig.relay!.sessions(),
    relayOctets: residentOctets(rig.relay!.pid!),
    podOctets: (await real.look()).heapOctets,
  }
}

/**
 * What has grown by more than it may. Pure.
 * @param unended calls whose hostile party never ended them: the relay keeps them for a few minutes
 */
export const grown = (before: Vitals, after: Vitals, unended: number): string[] =>
  (Object.keys(MAY_GROW) as (keyof Vitals)[]).flatMap((each) => {
    const may = MAY_GROW[each] + (each === 'relaySessions' ? unended : 0)
    return after[each] - before[each] > may ? [`${each} grew from ${before[each]} to ${after[each]}`] : []
  })

function residentOctets(pid: number): number {
  return 1024 * Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1])
}
