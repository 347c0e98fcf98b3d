/**
 * Callers outside, who have no route to a pod, and two bots: one puts them through to a trunk outside, the other to a desk that does not
 * answer, and so to its emergency number on the same trunk.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Capture, startCapture } from '../../hack/calls/capture.ts'
import { EDGE_NAME } from '../../hack/calls/edges.ts'
import { places, publicAddressOf, type Place } from '../../hack/cluster/outside.ts'
import { run } from '../../hack/cluster/shell.ts'
import { startBaresipEcho } from './baresip-echo.ts'
import { edgeAuthority, type Edge } from './edges.ts'
import { callFrom, type OutsideCall } from './outside-callers.ts'
import type { OutsideInstallation } from './outside-installation.ts'
import * as zones from './three-zones.ts'

const ECHO_PORT = 16_090
const CLOSED_PORT = 16_091
const ECHO_NUMBER = '4000'
export const SPEAK_SECONDS = 2

/** Where a caller is, and how he calls. */
export const KINDS = [
  { place: 'carrier', transport: 'tls', srtp: 'Mandatory' },
  { place: 'home', transport: 'udp', srtp: 'None' },
  { place: 'carrier', transport: 'udp', srtp: 'None' },
  { place: 'home', transport: 'tls', srtp: 'Mandatory' },
] as const
export type Kind = (typeof KINDS)[number]

export interface CallFromOutside {
  kind: Kind
  by: keyof typeof BOTS
  call: OutsideCall
}

export interface OutsideStage {
  /** Calls of each kind and to each edge in turn; each fifth one reaches the trunk by the emergency number. */
  call(calls: number, kinds?: readonly Kind[]): Promise<CallFromOutside[]>
  /** Watches all packets at a place. */
  watch(place: Place): Promise<Capture>
  /** Fields of what was captured there, one line each message or packet (tshark -e). */
  seen(place: Place, fields: readonly string[], filter?: string): Promise<string>
  stop(): Promise<void>
}

const AT_ONCE = 4
/** Where each bot puts callers through to. */
const BOTS = { transfer: 'echo', emergencyNumber: 'desk' } as const
const NAMES = { transfer: 'dehors', emergencyNumber: 'secours' } as const

export async function setOutsideStage({ edges, namespace, serve }: OutsideInstallation): Promise<OutsideStage> {
  const folder = mkdtempSync(join(tmpdir(), 'callbot-outside-'))
  const ca = await edgeAuthority()
  const { address, netns } = places.carrier
  const echo = await startBaresipEcho({
    ...{ folder: join(folder, 'echo'), address, port: ECHO_PORT, mediaPort: 17_000, codec: 'PCMA', netns },
  })
  const bots = { transfer: aBot(namespace, 'transfer'), emergencyNumber: aBot(namespace, 'emergencyNumber') }
  await serve(
    outsideTrunk(namespace, 'echo', { host: address, port: ECHO_PORT }),
    outsideTrunk(namespace, 'desk', { host: address, port: CLOSED_PORT }),
    ...Object.values(bots),
  )

  const placeCall = (at: number, { place, transport, srtp }: Kind, by: keyof typeof BOTS, { node }: Edge) => {
    const number = bots[by].spec.numbers[0]!
    const own = mkdtempSync(join(folder, `caller-${at}-`))
    const to = publicAddressOf(node)
    const tls = transport === 'tls'
    return callFrom(place, {
      ...{ folder: own, user: `+3361234${String(at).padStart(4, '0')}`, transport, srtp, speakSeconds: SPEAK_SECONDS },
      ...{ names: { [EDGE_NAME]: [to] }, untilEchoSeconds: 5, ...(tls && { ca }) },
      uri: tls ? `sip:${number}@${EDGE_NAME}:5061;transport=tls` : `sip:${number}@${to}:5060;transport=udp`,
    })
  }
  const captureFile = (place: Place) => join(folder, `${place}.pcap`)

  return {
    async call(count, kinds = KINDS) {
      const calls: CallFromOutside[] = []
      const lane = async (first: number) => {
        for (let at = first; at < count; at += AT_ONCE) {
          const kind = kinds[at % kinds.length]!
          const by = at % 5 === 4 ? 'emergencyNumber' : 'transfer'
          calls.push({ kind, by, call: await placeCall(at, kind, by, edges[at % edges.length]!) })
        }
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
    async stop() {
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
