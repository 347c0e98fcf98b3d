/** A bot of three pods behind a real edge: two in the edge's own zone, one elsewhere. */
import type { CachedSlice } from '../../../src/edge/observe/endpoint-slices.ts'
import type { ClusterState } from '../../../src/edge/agent.ts'
import type { Route } from '../../../src/rules/route.ts'
import { startEdgeRig, type EdgeRig, type EdgeRigOptions } from '../../harness/edge-rig.ts'
import { eventually } from '../../harness/eventually.ts'
import { startPlainCaller, type PlainCaller } from '../../harness/plain-caller.ts'
import { startScriptedPod, type ScriptedPod, type Script } from '../../harness/scripted-pod.ts'
import { loopback } from '../../harness/loopback.ts'

export const NUMBER = '+33100000001'
export const BOT = 'accueil.lilas.svc'
export const ANSWERS: Script = [100, 180, 200]

export const aRoute = (epoch = 1, numbers = [NUMBER]): Route => ({
  callbot: { namespace: 'lilas', name: 'accueil', uid: 'u' },
  epoch,
  numbers,
  service: { name: 'accueil', port: 5061, transport: 'TLS' },
  integrations: [],
})

export const aSlice = (pods: Record<string, string>): CachedSlice => ({
  ...{ namespace: 'lilas', name: 'accueil-1', uid: 's', resourceVersion: '1', serviceKey: 'lilas/accueil' },
  endpoints: Object.entries(pods).map(([address, zone]) => ({ address, zone, ready: true, terminating: false })),
})

/** The bot with an emergency number at those trunks. */
export const aHelpedRoute = (epoch = 1): Route => ({
  ...aRoute(epoch),
  integrations: ['standard'],
  fallback: { number: '+33199999999', integration: 'standard', causes: ['NoCapacity'] },
})

/** For tests of anything but silence: a machine that is busy must not look like a pod that is dead. */
export const PATIENT = 'edge.failover.podSilenceMilliseconds=4000'

export interface Stage {
  rig: EdgeRig
  caller: PlainCaller
  near: [string, string]
  far: string
  /** Starts a pod that plays a script; the one that was at the address is gone. */
  pod(address: string, script?: Script, dnsNames?: string[]): Promise<ScriptedPod>
  /** The same with an identity of the test's own. */
  podWith(address: string, tlsFolder: string, script?: Script): Promise<ScriptedPod>
  noPod(...addresses: string[]): Promise<void>
  /**
   * Waits until the edge sends calls to exactly these pods: it found that they answer, and are who they should be.
   * `ADDRESS`, or `ADDRESS:PORT` for another port than 5061.
   */
  untilServed(...addresses: string[]): Promise<void>
  /** Waits until the edge finds this of the trunk at the address. */
  untilTrunk(address: string, state: 'Up' | 'Down', seconds?: number): Promise<void>
  /** Waits until the edge has a connection to the trunk that answered its probe. */
  untilLine(address: string): Promise<void>
  /** What the pod at the address has received so far. */
  heardBy(address: string): Record<string, string>[]
  seen(route?: Route): ClusterState
  stop(): Promise<void>
}

export { loopback }

/** @param net third octet of the loopback addresses, another one for each stage */
export async function setStage(net: number, options: Omit<EdgeRigOptions, 'address'> = {}): Promise<Stage> {
  const at = (host: number) => loopback(net, host)
  const rig = await startEdgeRig({ address: at(1), ...(process.env['RELAY'] && { publicAddress: at(1) }), ...options })
  const caller = await startPlainCaller(at(2), at(1))
  const pods = new Map<string, ScriptedPod>()
  const near: [string, string] = [at(11), at(12)]
  const far = at(21)
  const stage: Stage = {
    rig,
    caller,
    near,
    far,
    pod(address, script = ANSWERS, dnsNames = [BOT]) {
      const folder = rig.identityFolder(`${address}-${dnsNames.join('-')}`, dnsNames)
      return stage.podWith(address, folder, script)
    },
    async podWith(address, tlsFolder, script = ANSWERS) {
      await stage.noPod(address)
      const pod = await startScriptedPod(address, tlsFolder, script)
      pods.set(address, pod)
      return pod
    },
    async noPod(...addresses) {
      await Promise.all(addresses.map((address) => pods.get(address)?.stop()))
      // What the pod of before has proved is worth nothing to the edge (another connection); here it shall not be seen.
      for (const address of addresses) {
        for (const table of ['proved', 'full']) await rig.rpc.call('htable.delete', table, `${address}:5061`)
      }
    },
    untilServed: (...addresses) =>
      eventually(async () => {
        const hops = addresses.map((address) => (address.includes(':') ? address : `${address}:5061`))
        const wanted = hops.map((hop) => `sip:${hop};transport=tls`).sort()
        const pods = await rig.proxy.pods()
        const active = pods.filter(({ isActive }) => isActive).map(({ uri }) => uri)
        if (active.sort().join() !== wanted.join()) throw new Error(`active: ${active.join(' ') || 'none'}`)
        for (const hop of hops) {
          const proved = await rig.rpc.call('htable.get', 'proved', hop)
          if (!proved.ok) throw new Error(`${hop} has proved nothing yet`)
        }
      }, 40),
    untilTrunk: (address, state, seconds = 10) =>
      eventually(async () => {
        const found = rig.agent.trunks().trunks.find(({ hop }) => hop.startsWith(`${address}:`))
        const answer = await rig.rpc.call('htable.get', 'health', `${found?.id}::state`)
        if (!JSON.stringify(answer).includes(`"${state}"`)) throw new Error(`it is not ${state} yet`)
      }, seconds),
    untilLine: (address) =>
      eventually(async () => {
        const found = rig.agent.trunks().trunks.find(({ hop }) => hop.startsWith(`${address}:`))
        await rig.rpc.call('htable.delete', 'health', `${found?.id}::line`)
        await new Promise((resolve) => setTimeout(resolve, 1_300)) // a probe later
        const line = await rig.rpc.call('htable.get', 'health', `${found?.id}::line`)
        if (!line.ok) throw new Error('it has answered no probe')
      }, 15),
    heardBy: (address) => pods.get(address)?.events ?? [],
    seen: (route = aRoute()) => ({
      routes: [route],
      trunks: [],
      addresses: new Map(),
      secrets: new Map(),
      grants: [],
      egress: undefined,
      slices: [aSlice({ [near[0]]: 'zone-a', [near[1]]: 'zone-a', [far]: 'zone-b' })],
      testCallers: [],
      zone: 'zone-a',
    }),
    async stop() {
      caller.close()
      await Promise.all([...pods.values()].map((pod) => pod.stop()))
      await rig.stop()
    },
  }
  return stage
}
