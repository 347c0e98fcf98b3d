/**
 * Callers outside, who have no route to a pod, and two bots: one puts them through to a trunk outside, the other to a desk that does not
 * answer, and so to its emergency number on the same trunk.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Capture, startCapture } from '../../hack/calls/capture.ts'
import { type Packet, packetsIn } from '../../hack/calls/pcap.ts'
import { places, type Place } from '../../hack/cluster/outside.ts'
import { run } from '../../hack/cluster/shell.ts'
import { startBaresipEcho } from './baresip-echo.ts'
import { edgeAuthority } from './edges.ts'
import { framesIn, type HeardFrame, soundOfStreams } from './heard-sound.ts'
import { outsideAsterisks } from './outside-asterisk.ts'
import { callByBaresip } from './outside-baresip.ts'
import { type Kind, KINDS, type OutsideCall, type OutsideProgram } from './outside-callers.ts'
import type { OutsideInstallation } from './outside-installation.ts'
import { callBySipp } from './outside-sipp.ts'
import * as zones from './three-zones.ts'

const ECHO_PORT = 16_090
const ECHO_MEDIA_PORT = 17_000
const CLOSED_PORT = 16_091
const ECHO_NUMBER = '4000'

export const PROGRAMS = ['baresip', 'SIPp', 'Asterisk'] as const
export type Program = (typeof PROGRAMS)[number]

export interface CallFromOutside {
  kind: Kind
  program: Program
  by: keyof typeof BOTS
  call: OutsideCall
}

export interface OutsideStage {
  /** Calls of each kind, by each program and to each edge in turn; each fifth one reaches the trunk by the emergency number. */
  call(calls: number, kinds?: readonly Kind[], programs?: readonly Program[]): Promise<CallFromOutside[]>
  /** Watches all packets at a place. */
  watch(place: Place): Promise<Capture>
  /** Fields of what was captured there, one line each message or packet (tshark -e). */
  seen(place: Place, fields: readonly string[], filter?: string): Promise<string>
  /** What was captured there and came to its callers: media ports of edges have the same numbers. */
  packetsTo(place: Place): Packet[]
  /** Seconds of sound of each stream that came to the trunk, of what was captured there. */
  heardByTrunk(): number[]
  stop(): Promise<void>
}

const AT_ONCE = 4
/** Where each bot puts callers through to. */
const BOTS = { transfer: 'echo', emergencyNumber: 'desk' } as const
/** The desk rings in vain before the emergency number is called. */
const SPEAKS_AFTER_SECONDS = { transfer: 8, emergencyNumber: 14 }
const NAMES = { transfer: 'dehors', emergencyNumber: 'secours' } as const

export async function setOutsideStage({ edges, namespace, serve }: OutsideInstallation): Promise<OutsideStage> {
  const folder = mkdtempSync(join(tmpdir(), 'callbot-outside-'))
  const ca = await edgeAuthority()
  const { address, netns } = places.carrier
  const echo = await startBaresipEcho({
    ...{ folder: join(folder, 'echo'), address, port: ECHO_PORT, mediaPort: ECHO_MEDIA_PORT, codec: 'PCMA', netns },
  })
  const bots = { transfer: aBot(namespace, 'transfer'), emergencyNumber: aBot(namespace, 'emergencyNumber') }
  await serve(
    outsideTrunk(namespace, 'echo', { host: address, port: ECHO_PORT }),
    outsideTrunk(namespace, 'desk', { host: address, port: CLOSED_PORT }),
    ...Object.values(bots),
  )

  const asterisks = outsideAsterisks(folder, ca)
  const callBy: Record<Program, OutsideProgram> = {
    ...{ baresip: callByBaresip, SIPp: callBySipp, Asterisk: asterisks.call },
  }
  const placeCall = async (at: number, kind: Kind, program: Program): Promise<CallFromOutside> => {
    const by = at % 5 === 4 ? 'emergencyNumber' : 'transfer'
    const own = mkdtempSync(join(folder, `caller-${at}-`))
    // Each program and kind meets each edge.
    const { node } = edges[(at + Math.floor(at / (KINDS.length * PROGRAMS.length))) % edges.length]!
    const call = await callBy[program]({
      ...{ kind, at, folder: own, node, ca, number: bots[by].spec.numbers[0]! },
      speaksAfterSeconds: SPEAKS_AFTER_SECONDS[by],
    })
    return { kind, program, by, call }
  }
  const echoPorts = new Set(Array.from({ length: 100 }, (_, port) => `${address}:${ECHO_MEDIA_PORT + port}`))
  const captureFile = (place: Place) => join(folder, `${place}.pcap`)

  return {
    async call(count, kinds = KINDS, programs = ['baresip']) {
      const calls: CallFromOutside[] = []
      const lane = async (first: number) => {
        for (let at = first; at < count; at += AT_ONCE)
          calls.push(
            await placeCall(at, kinds[at % kinds.length]!, programs[Math.floor(at / kinds.length) % programs.length]!),
          )
      }
      await Promise.all(Array.from({ length: AT_ONCE }, (_, first) => lane(first)))
      return calls
    },
    watch: (place) =>
      startCapture({
        ...{ file: captureFile(place), networkInterface: 'uplink', filter: 'udp or tcp' },
        netns: places[place].netns,
      }),
    seen: (place, fields, filter) =>
      run('tshark', [
        ...['-r', captureFile(place), '-T', 'fields'],
        ...(filter === undefined ? [] : ['-Y', filter]),
        ...fields.flatMap((field) => ['-e', field]),
      ]),
    packetsTo: (place) =>
      [...packetsIn(captureFile(place))].filter(({ to }) => to.startsWith(`${places[place].address}:`)),
    heardByTrunk() {
      const isTrunks = ({ to }: HeardFrame) => echoPorts.has(to)
      const frames = [...framesIn(packetsIn(captureFile('carrier')))].filter(isTrunks)
      return soundOfStreams(frames)
    },
    async stop() {
      await asterisks.stop()
      await echo.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

const aBot = (namespace: string, by: keyof typeof BOTS) =>
  zones.aBot(namespace, NAMES[by], {
    dialog: {
      inline: {
        steps: [
          { name: 'bonjour', say: { text: 'Bonjour, je vous passe quelqu’un.' }, next: 'passe' },
          { name: 'passe', transfer: { integration: BOTS[by], to: ECHO_NUMBER, ringSeconds: 5 } },
        ],
      },
    },
    media: { sipTransport: 'Any', srtp: 'Preferred' },
    integrationRefs: [{ name: 'echo' }, { name: 'desk' }],
    fallback: { number: ECHO_NUMBER, integrationRef: { name: 'echo' } },
  })

const outsideTrunk = (namespace: string, name: string, address: { host: string; port: number }) => ({
  ...{ apiVersion: 'callbots.dev/v1alpha1', kind: 'Integration', metadata: { name, namespace } },
  spec: {
    criticality: 'Standard',
    sip: {
      trunks: [
        {
          ...{ name, role: 'Primary', transport: 'UDP', srtp: 'Disabled', address },
          capacity: { maxCalls: 1_000, callsPerSecond: 100 },
        },
      ],
      probe: { intervalSeconds: 1, timeoutMilliseconds: 1_000, downAfter: 2, upAfter: 1 },
    },
  },
})
