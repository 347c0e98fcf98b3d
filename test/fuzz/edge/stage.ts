import { aTrunkGroup } from '../../harness/builders-trunks.ts'
import { startEdgeRig, type EdgeRig } from '../../harness/edge-rig.ts'
import { eventually } from '../../harness/eventually.ts'
import type { Route } from '../../../src/rules/route.ts'
import { type Identity, servePod, udpLine } from './lines.ts'
import { type Line, Mailbox } from './mailbox.ts'
import { MediaParty } from './media-party.ts'
import { type RealPod, startRealPod } from './real-pod.ts'
import { CALLERS, EDGE, NEIGHBOUR, PODS, PUBLIC, REAL_POD, TRUNK } from './sites.ts'

/** Somebody who takes part in calls, hostile or not. */
export interface Party {
  readonly mailbox: Mailbox
  readonly media: MediaParty
}
export interface Caller extends Party {
  readonly line: Line
}
export interface Pod extends Party {
  readonly address: string
  readonly number: string
  readonly identity: Identity
}

export const DESK = '+33144444444'
const NUMBERS = { hostile: (nth: number) => `+3310000001${nth}`, neighbour: '+33100000020', real: '+33100000030' }

/** The edge with its relay, hostile callers, pods and a trunk, another client with a call of its own, and a real pod. */
export interface FuzzStage {
  readonly rig: EdgeRig
  readonly callers: readonly Caller[]
  readonly pods: readonly Pod[]
  readonly trunk: Party
  readonly real: RealPod
  readonly realNumber: string
  readonly neighbour: { line: Line; caller: Mailbox; pod: Mailbox; number: string }
  /** ADDRESS:PORT of all sockets that were opened. */
  readonly parties: Set<string>
  stop(): Promise<void>
}

const routeOf = (namespace: string, name: string, number: string, port = 5061, service = name): Route => ({
  callbot: { namespace, name, uid: `${namespace}-${name}` },
  ...{ epoch: 1, numbers: [number], integrations: namespace === 'hostile' ? ['desk'] : [] },
  service: { name: service, port, transport: 'TLS' },
  media: { sipTransport: 'Any', srtp: 'Preferred' },
})

const sliceOf = ({ callbot: { namespace }, service: { name } }: Route, address: string) => ({
  ...{ namespace, name: `${name}-1`, uid: `${namespace}-${name}`, resourceVersion: '1' },
  serviceKey: `${namespace}/${name}`,
  endpoints: [{ address, zone: 'zone-a', ready: true, terminating: false }],
})

export async function setFuzzStage(): Promise<FuzzStage> {
  const rig = await startEdgeRig({
    ...{ address: EDGE, publicAddress: PUBLIC },
    values: ['edge.failover.podSilenceMilliseconds=4000', 'edge.limits.connectionsPerSource=200'],
  })
  const parties = new Set<string>()
  const partyAt = async (address: string): Promise<Party> => {
    const media = await new MediaParty(address).open()
    for (const each of media.parties()) parties.add(each)
    return { mailbox: new Mailbox(), media }
  }
  const identityOf = (name: string): Identity => ({ ...rig.authority.issue([name]), ca: rig.authority.cert })
  const closers: { close(): void }[] = []
  const kept = <T extends { close(): void }>(one: T): T => (closers.push(one), one)
  const udp = async (mailbox: Mailbox, host: string, port: number, to?: number) => {
    const line = kept(await udpLine(mailbox, host, port, to))
    parties.add(`${host}:${line.port}`)
    return line
  }

  const callers: Caller[] = []
  for (const address of CALLERS) {
    const party = await partyAt(address)
    callers.push({ ...party, line: await udp(party.mailbox, address, 5060) })
  }
  const pods: Pod[] = []
  for (const [nth, address] of PODS.entries()) {
    const identity = identityOf(`bot${nth}.hostile.svc`)
    const party = await partyAt(address)
    kept(await servePod(party.mailbox, address, identity))
    pods.push({ ...party, address, number: NUMBERS.hostile(nth), identity })
  }
  const trunk = await partyAt(TRUNK)
  await udp(trunk.mailbox, TRUNK, 5060, 5080)
  const neighbour = { caller: new Mailbox(), pod: new Mailbox(), number: NUMBERS.neighbour }
  const line = await udp(neighbour.caller, NEIGHBOUR.caller, 5060)
  kept(await servePod(neighbour.pod, NEIGHBOUR.pod, identityOf('voisin.tilleuls.svc')))
  parties.add(`${NEIGHBOUR.caller}:30000`).add(`${NEIGHBOUR.pod}:30000`)
  const real = await startRealPod(rig)

  const hostile = pods.map(({ number, address }, nth) => ({ route: routeOf('hostile', `bot${nth}`, number), address }))
  const all = [
    ...hostile,
    { route: routeOf('tilleuls', 'voisin', NUMBERS.neighbour), address: NEIGHBOUR.pod },
    { route: routeOf('clinic', 'town-hall', NUMBERS.real, real.pod.sipsPort), address: REAL_POD },
  ]
  await rig.publish({
    routes: all.map(({ route }) => route),
    trunks: [
      aTrunkGroup([{ host: TRUNK, srtp: 'Preferred' }], {
        integration: { namespace: 'hostile', name: 'desk', uid: 'i' },
      }),
    ],
    ...{ addresses: new Map(), secrets: new Map(), egress: undefined, testCallers: [], zone: 'zone-a' },
    grants: [{ address: '0.0.0.0/0', namespaces: ['*'] }],
    slices: all.map(({ route, address }) => sliceOf(route, address)),
  })
  await untilServed(
    rig,
    all.map(({ route, address }) => `${address}:${route.service.port}`),
  )
  await eventually(() => {
    if (trunk.mailbox.probes < 3) throw new Error('the trunk has not been probed')
  }, 20)
  return {
    ...{ rig, callers, pods, trunk, real, realNumber: NUMBERS.real, neighbour: { ...neighbour, line }, parties },
    async stop() {
      for (const each of [...callers, ...pods, trunk]) each.media.close()
      for (const each of closers) each.close()
      await real.stop()
      await rig.stop()
    },
  }
}

const untilServed = (rig: EdgeRig, hops: readonly string[]) =>
  eventually(async () => {
    for (const hop of hops) {
      const proved = await rig.rpc.call('htable.get', 'proved', hop)
      if (!proved.ok) throw new Error(`${hop} has proved nothing yet: ${rig.said().slice(-500)}`)
    }
  }, 30)
