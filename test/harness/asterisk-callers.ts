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

/**
 * @param o.edges which it calls, each at the public address of its node
 * @param o.talkSeconds after which it hangs up
 * @param o.tls its certificate and the authority of the edges: it calls over TLS with SRTP then, else over UDP with RTP
 */
export async function startAsteriskCallers(o: {
  folder: string
  edges: readonly Pick<Edge, 'node'>[]
  talkSeconds: number
  tls?: { cert: string; key: string; ca: string }
}): Promise<AsteriskCallers> {
  const { folder, edges, talkSeconds, tls } = o
  const { address, netns } = places.carrier
  const spool = join(folder, 'data', 'outgoing')
  mkdirSync(spool, { recursive: true })
  const endpoint = ({ node }: Pick<Edge, 'node'>) => {
    return [node, pjsipTo(node, { isSecure: tls !== undefined })] as const
  }
  const peer = await startAsterisk({
    ...{ folder, address, netns, prompt: alawOf(vowels(1)) },
    ...(tls ? { tls, port: 5061 } : { protocol: 'udp', port: 5060 }),
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
        originate(folder, `call-${placed++}`, {
          ...{ channel: `PJSIP/${number}@${edge}`, from: '+33612345678', extension: 'talk' },
        })
        await pause(1_000 / perSecond)
      }
    },
    seconds: () => billedSeconds(join(folder, 'data', 'cdr-csv', 'Master.csv')),
    stop: () => peer.stop(),
  }
}

/** Settings of a caller of pjsip.conf, and of where he calls: the edge on that node, at its public address. */
export function pjsipTo(node: string, { isSecure }: { isSecure: boolean }): string[] {
  const to = publicAddressOf(node)
  const contact = isSecure ? `sip:${to}:5061\\;transport=tls` : `sip:${to}:5060`
  const secure = isSecure ? ['media_encryption=sdes'] : []
  return ['allow=alaw', ...secure, `aors=${node}`, '', `[${node}]`, 'type=aor', `contact=${contact}`]
}

/** Has the Asterisk of that folder place a call, which then goes on at an extension of its own. @param o.more lines of the call file */
export function originate(
  folder: string,
  name: string,
  o: { channel: string; from: string; extension: string; more?: readonly string[] },
): void {
  const lines = [
    ...[`Channel: ${o.channel}`, `CallerID: "" <${o.from}>`, 'MaxRetries: 0', 'WaitTime: 20'],
    ...['Context: bench', `Extension: ${o.extension}`, 'Priority: 1', ...(o.more ?? []), ''],
  ]
  const file = join(folder, name)
  writeFileSync(file, lines.join('\n'))
  // It reads what appears there at once.
  renameSync(file, join(folder, 'data', 'outgoing', name))
}

/** Of Asterisk's CSV: each field in quotes or a number; the disposition, and before it the seconds that a call was up. */
function billedSeconds(file: string): number[] {
  if (!existsSync(file)) return []
  return [...readFileSync(file, 'utf8').matchAll(/,(\d+),(\d+),"ANSWERED"/g)].map(([, , billed]) => Number(billed))
}
