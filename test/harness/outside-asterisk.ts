/** Callers outside the cluster: Asterisk 22, which records what it hears, and writes down where and when. */
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { startAsterisk, type Peer } from '../../bench/voice/asterisk.ts'
import { alawOf, writeAlaw } from '../../hack/calls/audio.ts'
import { spooledStatus } from '../../hack/calls/asterisk-spool.ts'
import type { CallLife } from '../../hack/calls/lives.ts'
import { places } from '../../hack/cluster/outside.ts'
import { until } from '../../hack/cluster/shell.ts'
import { zones } from '../../hack/cluster/settings.ts'
import { originate, pjsipTo } from './asterisk-callers.ts'
import { createAuthority } from './authority.ts'
import { linearAlaw, soundSeconds } from './heard-sound.ts'
import {
  notAnswered,
  numberOf,
  SPEAK_SECONDS,
  turnAfter,
  type Kind,
  type OutsideCall,
  type OutsideCaller,
  type OutsideProgram,
} from './outside-callers.ts'
import { vowels } from './vowels.ts'

const SAMPLES_A_SECOND = 8_000
/** It rings, the bot speaks, and it has its turn. */
const LONGEST_SECONDS = 45
/** Its mixer ends the recording after the call, in its own time. */
const WRITTEN_SECONDS = 10

export interface OutsideAsterisks {
  readonly call: OutsideProgram
  stop(): Promise<void>
}

/** One for each kind of call, which is started with the first of them. */
export function outsideAsterisks(folder: string, ca: string): OutsideAsterisks {
  const authority = createAuthority('callers')
  const started = new Map<Kind, Promise<Peer>>()
  const own = ({ place, transport }: Kind) => join(folder, `asterisk-${place}-${transport}`)
  const start = (kind: Kind) => {
    const { netns, address } = places[kind.place]
    const tls = kind.transport === 'tls'
    for (const name of ['outgoing', 'outgoing_done', 'heard'])
      mkdirSync(join(own(kind), 'data', name), { recursive: true })
    return startAsterisk({
      ...{ folder: own(kind), address, netns, port: tls ? 5061 : 5060, prompt: alawOf(vowels(SPEAK_SECONDS)) },
      ...(tls ? { tls: { ...authority.issue(['caller.example.net']), ca } } : { protocol: 'udp' }),
      callers: Object.fromEntries(zones.map(({ node }) => [node, pjsipTo(node, { isSecure: tls })])),
      numbers: dialplan(own(kind)),
      modules: ['pbx_spool', 'app_mixmonitor', 'app_system'],
    })
  }
  return {
    async call(caller) {
      const { kind } = caller
      if (!started.has(kind)) started.set(kind, start(kind))
      await started.get(kind)
      return callBy(own(kind), caller)
    },
    async stop() {
      for (const peer of started.values()) await (await peer).stop()
    },
  }
}

const dialplan = (folder: string) => {
  const note = (what: string, how = '') =>
    `System((echo \${CALL} \${CHANNEL(rtp,src,audio)} \${CHANNEL(rtp,secure,audio)} $(date +%s.%3N) ${what} >> ${livesFile(folder)}) ${how})`
  const heard = join(folder, 'data', 'heard', '${CALL}')
  return [
    `exten => turn,1,MixMonitor(${heard}-both.alaw,r(${heard}.alaw),touch ${heard}.whole)`,
    // Not waited for: who is behind NAT hears nothing before he speaks.
    ` same => n,${note('answered', '&')}`,
    ` same => n,Playback(${join(folder, '${TURN}')})`,
    ` same => n,${note('over')}`,
    ' same => n,Hangup()',
  ]
}

const livesFile = (folder: string) => join(folder, 'lives')

async function callBy(folder: string, caller: OutsideCaller): Promise<OutsideCall> {
  const name = basename(caller.folder)
  const data = (...path: string[]) => join(folder, 'data', ...path)
  const turn = `turn-${caller.speaksAfterSeconds}`
  writeAlaw(join(folder, `${turn}.alaw`), turnAfter(caller.speaksAfterSeconds))
  originate(folder, name, {
    ...{ channel: `PJSIP/${caller.number}@${caller.node}`, from: numberOf(caller), extension: 'turn' },
    more: [`Setvar: CALL=${name}`, `Setvar: TURN=${turn}`, 'Archive: yes'],
  })
  const done = data('outgoing_done', name)
  let status: string | undefined
  await until(`${name} of Asterisk to be over`, LONGEST_SECONDS, () => {
    status = existsSync(done) ? spooledStatus(readFileSync(done, 'utf8')) : undefined
    return status !== undefined
  })
  const lived = lifeOf(folder, name)
  if (lived === undefined) return notAnswered(`Asterisk reports: ${status}`)
  await until(`${name} of Asterisk to be written`, WRITTEN_SECONDS, () => existsSync(data('heard', `${name}.whole`)))
  const samples = linearAlaw(readFileSync(data('heard', `${name}.alaw`)))
  const spoke = caller.speaksAfterSeconds * SAMPLES_A_SECOND
  return {
    problem: status === 'Completed' && lived.life.until !== undefined ? undefined : `Asterisk reports: ${status}`,
    botSeconds: soundSeconds(samples.subarray(0, spoke)),
    echoSeconds: soundSeconds(samples.subarray(spoke)),
    ...lived,
  }
}

/** `CALL ADDRESS:PORT SECURE SECONDS answered`, and `... over`. */
function lifeOf(folder: string, name: string): { life: CallLife; isEncrypted: boolean } | undefined {
  if (!existsSync(livesFile(folder))) return undefined
  const lines = readFileSync(livesFile(folder), 'utf8')
    .split('\n')
    .map((line) => line.split(' '))
  const find = (wanted: string) => lines.find(([call, , , , what]) => call === name && what === wanted)
  const [, heardAt = '', secure, from] = find('answered') ?? []
  if (from === undefined) return undefined
  const over = find('over')?.[3]
  const life = { port: Number(heardAt.split(':').at(-1)), from: Number(from), answeredBy: '' }
  return { life: { ...life, ...(over !== undefined && { until: Number(over) }) }, isEncrypted: secure === '1' }
}
