/** A tenant who applies all that the API accepts, as often as it can. It writes ordinary manifests in a namespace of its own, and nothing else. */
import { host } from '../../hack/cluster/settings.ts'
import type { Condition } from '../../src/api/object.ts'
import * as zones from './three-zones.ts'

/** What the API accepts at most in one Integration. */
const [TRUNKS, SOURCES] = [10, 50]
/** So many are a little smaller, so that they fit into the share of a namespace: 500 source addresses and 40 trunks. */
export const FITTING = 3
const FITTING_SOURCES = 16
const MOST_HOLDS = 100
/** Objects of a request of kubectl. */
const PAGE = 50

export interface Hostility {
  integrations: number
  callbots: number
  drills: number
  policies: number
  /** Its bots claim them, too. */
  numbers: readonly string[]
  /** Of a telephone system of its neighbour: its trunks name it, too. */
  port: number
}

interface Conditioned {
  metadata: { name: string }
  status?: { conditions?: Condition[] }
}

const API = { apiVersion: 'callbots.dev/v1alpha1' }
const source = (nth: number) =>
  `2001:db8:${(nth >> 16).toString(16)}:${(nth & 0xffff).toString(16)}:ffff:ffff:ffff:0/112`
const repeated = <T>(times: number, make: (nth: number) => T): T[] =>
  Array.from({ length: times }, (_, nth) => make(nth))

/** The first trunk of the first is that of the neighbour, the others have names that nobody answers for. */
const integration = (namespace: string, nth: number, { port }: Hostility) => ({
  ...{ ...API, kind: 'Integration', metadata: { name: `wall-${nth}`, namespace } },
  spec: {
    criticality: 'High',
    sip: {
      trunks: repeated(TRUNKS, (of) => ({
        ...{ name: `t${of}`, role: of === 0 ? 'Primary' : 'Backup', transport: 'TCP', srtp: 'Disabled' },
        address: nth + of === 0 ? { host: host.address, port } : { host: `t${of}.wall-${nth}.silent.example` },
        inbound: {
          sources: repeated(nth < FITTING ? FITTING_SOURCES : SOURCES, (index) =>
            source((nth * TRUNKS + of) * SOURCES + index),
          ),
        },
      })),
      probe: { intervalSeconds: 1, timeoutMilliseconds: 1_000, downAfter: 2, upAfter: 2 },
      testCall: { to: '4000' },
    },
  },
})

/** Each claims a number of the neighbour beside one of its own, and the first has the name of the neighbour's bot. */
const callbot = (namespace: string, nth: number, { numbers }: Hostility) =>
  zones.aBot(namespace, nth === 0 ? 'desk' : `crowd-${nth}`, {
    numbers: [...numbers.slice(nth % numbers.length, (nth % numbers.length) + 1), zones.aNumber()],
  })

const drill = (namespace: string, nth: number) => ({
  ...{ ...API, kind: 'FailoverDrill', metadata: { name: `drill-${nth}`, namespace } },
  spec: {
    integrationRef: { name: `wall-${nth}` },
    side: 'SIP',
    scenario: 'Blackhole',
    mode: 'Synthetic',
    holdSeconds: 60,
  },
})

const policy = (namespace: string, nth: number) => ({
  ...{ ...API, kind: 'RetentionPolicy', metadata: { name: `policy-${nth}`, namespace } },
  spec: {
    rules: [{ class: 'CallMetadata', days: 30 }],
    legalHolds: repeated(MOST_HOLDS, (of) => ({
      ...{
        name: `hold-${of}`,
        reference: 'x'.repeat(100),
        callsFrom: '2026-01-01',
        callsUntil: '2099-12-31',
        endsOn: '2099-12-31',
      },
    })),
  },
})

/** Moves in: applies all of it. Its pods are bounded by a ResourceQuota, as of any tenant: what it harms is what all share. */
export async function moveIn(hostility: Hostility) {
  const namespace = await zones.freshNamespace('hostile')
  const quota = {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: 'pods', namespace },
    spec: { hard: { pods: '3' } },
  }
  await zones.applyManifests(quota)
  const objects = [
    ...repeated(hostility.integrations, (nth) => integration(namespace, nth, hostility)),
    ...repeated(hostility.policies, (nth) => policy(namespace, nth)),
    ...repeated(hostility.callbots, (nth) => callbot(namespace, nth, hostility)),
    ...repeated(hostility.drills, (nth) => drill(namespace, nth)),
  ]
  for (let from = 0; from < objects.length; from += PAGE)
    await zones.applyManifests(...objects.slice(from, from + PAGE))
  const all = (kind: string) => zones.kubeJson<{ items: Conditioned[] }>('get', kind, '-n', namespace)
  return {
    namespace,
    /** What the condition Ready of each says, by name. */
    async ready(
      kind: 'integrations' | 'callbots' | 'retentionpolicies',
    ): Promise<Record<string, Condition | undefined>> {
      const { items } = await all(kind)
      const readyOf = ({ status }: Conditioned) => status?.conditions?.find(({ type }) => type === 'Ready')
      return Object.fromEntries(items.map((item) => [item.metadata.name, readyOf(item)]))
    },
    moveOut: () => zones.removeNamespace(namespace),
  }
}
