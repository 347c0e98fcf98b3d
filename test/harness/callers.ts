import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Baresip, CallerOptions, Outcome } from '../../hack/calls/baresip.ts'
import { startCaller } from '../../hack/calls/conversation.ts'
import { edgeUri, readyEdges, type Edge } from '../../hack/calls/edges.ts'
import { pause } from '../../hack/cluster/shell.ts'

/** Callers of one test, with a folder that goes away with them. */
export interface Callers {
  folder: string
  /** A caller who dials; the call may be refused. */
  dial(number: string, change?: Partial<CallerOptions>): Promise<Baresip>
  /** Its folder is fresh each time. */
  place(): { folder: string; edges: readonly Edge[] }
  end(): Promise<void>
}

export async function gatherCallers(): Promise<Callers> {
  const folder = mkdtempSync(join(tmpdir(), 'callbot-callers-'))
  const edges = await readyEdges()
  const callers: Baresip[] = []
  let places = 0
  const place = () => ({ folder: join(folder, `caller-${places++}`), edges })
  return {
    ...{ folder, place },
    async dial(number, change = {}) {
      const caller = await startCaller(place(), change)
      callers.push(caller)
      await caller.dial(edgeUri(number))
      return caller
    },
    async end() {
      for (const caller of callers) await caller.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** How a call came out within so many seconds: established, ended, or nothing at all. */
export async function within(seconds: number, caller: Baresip): Promise<Outcome | 'Established' | 'Nothing'> {
  let outcome: Outcome | undefined
  void caller.outcome.then((is) => (outcome = is))
  const deadline = performance.now() + seconds * 1000
  while (performance.now() < deadline && outcome === undefined && !caller.isEstablished()) await pause(50)
  return outcome ?? (caller.isEstablished() ? 'Established' : 'Nothing')
}
