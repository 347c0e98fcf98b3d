/** A carrier outside the cluster: Asterisk 22, which calls, plays a prompt, and hangs up after so many seconds. */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startAsterisk } from '../../bench/voice/asterisk.ts'
import { places, publicAddressOf } from '../../hack/cluster/outside.ts'
import { pause } from '../../hack/cluster/shell.ts'
import { alawOf } from '../../hack/calls/audio.ts'
import type { Edge } from './edges.ts'
import { vowels } from './vowels.ts'

export interface AsteriskCallers {
  /** Places the calls, by the edge of that node; resolves when the last one is on its way. */
  call(o: { number: string; edge: string; calls: number; perSecond: number }): Promise<void>
  /** Seconds of each call that is over, from its answer, as Asterisk writes them down. */
  seconds(): number[]
  stop(): Promise<void>
}

/** Where it hears its calls: rtp.conf of its configuration. */
export const ASTERISK_MEDIA = '10000-14000'
const PORT = 5060

/**
 * @param o.edges which it calls, each at the public address of its node
 * @param o.talkSeconds after which it hangs up
 */
export async function startAsteriskCallers(o: {
  folder: string
  edges: readonly Pick<Edge, 'node'>[]
  talkSeconds: number
}): Promise<AsteriskCallers> {
  const { folder, edges, talkSeconds } = o
  const { address, netns } = places.carrier
  const spool = join(folder, 'data', 'outgoing')
  mkdirSync(spool, { recursive: true })
  const endpoint = ({ node }: Pick<Edge, 'node'>) => {
    const contact = `contact=sip:${publicAddressOf(node)}:5060`
    return [node, ['allow=alaw', `aors=${node}`, '', `[${node}]`, 'type=aor', contact]] as const
  }
  const peer = await startAsterisk({
    ...{ folder, address, netns, port: PORT, protocol: 'udp', prompt: alawOf(vowels(1)) },
    callers: Object.fromEntries(edges.map(endpoint)),
    numbers: [
      `exten => talk,1,Set(TIMEOUT(absolute)=${talkSeconds})`,
      ` same => n(again),Playback(${join(folder, 'prompt')})`,
      ' same => n,Goto(again)',
    ],
    modules: ['pbx_spool', 'func_timeout', 'cdr_csv'],
    files: { 'cdr.conf': '[general]\nenable=yes\n[csv]\nusegmtime=yes\n' },
  })
  let placed = 0
  return {
    async call({ number, edge, calls, perSecond }) {
      for (let at = 0; at < calls; at++) {
        const name = `call-${placed++}`
        const lines = [`Channel: PJSIP/${number}@${edge}`, 'CallerID: "" <+33612345678>', 'MaxRetries: 0']
        const file = join(folder, name)
        writeFileSync(
          file,
          [...lines, 'WaitTime: 20', 'Context: bench', 'Extension: talk', 'Priority: 1', ''].join('\n'),
        )
        // It reads what appears there at once.
        renameSync(file, join(spool, name))
        await pause(1_000 / perSecond)
      }
    },
    seconds: () => billedSeconds(join(folder, 'data', 'cdr-csv', 'Master.csv')),
    stop: () => peer.stop(),
  }
}

/** Of Asterisk's CSV: each field in quotes or a number; the disposition, and before it the seconds that a call was up. */
function billedSeconds(file: string): number[] {
  if (!existsSync(file)) return []
  return [...readFileSync(file, 'utf8').matchAll(/,(\d+),(\d+),"ANSWERED"/g)].map(([, , billed]) => Number(billed))
}
