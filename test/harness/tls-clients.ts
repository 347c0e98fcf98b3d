/** Clients with a carrier that is called over TLS, outside the cluster: SIPp plays it on this machine. */
import { host } from '../../hack/cluster/settings.ts'
import { pause } from '../../hack/cluster/shell.ts'
import { operatorNamespace } from '../../hack/chart.ts'
import type { IntegrationStatus } from '../../src/api/integration.ts'
import type { Authority } from './authority.ts'
import { eventually } from './eventually.ts'
import type { PlainCaller } from './plain-caller.ts'
import { startSippTrunk, type SippTrunk } from './sipp-trunk.ts'
import * as zones from './three-zones.ts'

/** What the carrier's certificates prove. */
export const CARRIER = 'sbc.carrier.example'
export const CA_SECRET = 'trunk-ca'
const INTEGRATION = 'telephone'

/** The desk rings, answers, talks for a moment, hangs up. */
export const playTlsTrunk = (port: number, authority: Authority): Promise<SippTrunk> =>
  startSippTrunk({
    ...{ address: host.address, port, transport: 'TLS', tls: authority.issue([CARRIER]) },
    acts: [180, { wait: 100 }, 200, { wait: 500 }, 'bye'],
  })

export const caSecret = (namespace: string, ca: string) => ({
  ...{ apiVersion: 'v1', kind: 'Secret', metadata: { name: CA_SECRET, namespace } },
  stringData: { 'ca.crt': ca },
})

/** The Secret with the CA of trunks, and the right of edges to read it. */
export function caOfTrunks(namespace: string, ca: string): object[] {
  const role = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: CA_SECRET }
  const reads = { apiGroups: [''], resources: ['secrets'], resourceNames: [CA_SECRET], verbs: ['get'] }
  const api = 'rbac.authorization.k8s.io/v1'
  return [
    caSecret(namespace, ca),
    { apiVersion: api, kind: 'Role', metadata: { name: CA_SECRET, namespace }, rules: [reads] },
    {
      ...{ apiVersion: api, kind: 'RoleBinding', metadata: { name: CA_SECRET, namespace }, roleRef: role },
      subjects: [{ kind: 'ServiceAccount', name: 'callbot-edge', namespace: operatorNamespace }],
    },
  ]
}

/** How edges judge the certificates of those trunks. */
export const trustInTrunks = { caSecretRef: { name: CA_SECRET, key: 'ca.crt' }, serverName: CARRIER }

/** The Integration, and what it needs; trunks are named `t0`, `t1`... */
export const tlsClient = (namespace: string, ports: readonly number[], ca: string): object[] => [
  ...caOfTrunks(namespace, ca),
  {
    ...{ apiVersion: 'callbots.dev/v1alpha1', kind: 'Integration', metadata: { name: INTEGRATION, namespace } },
    spec: {
      criticality: ports.length > 1 ? 'High' : 'Standard',
      sip: {
        trunks: ports.map((port, index) => ({
          ...{ name: `t${index}`, role: index === 0 ? 'Primary' : 'Backup', transport: 'TLS', srtp: 'Disabled' },
          address: { host: host.address, port },
          tls: trustInTrunks,
        })),
        probe: { intervalSeconds: 1, timeoutMilliseconds: 1_000, downAfter: 2, upAfter: 2 },
      },
    },
  },
]

/** A bot that puts each caller through to the desk at once. */
export const transferringBot = (namespace: string, number: string, desk: string) =>
  zones.aBot(namespace, 'desk', {
    numbers: [number],
    dialog: { inline: { steps: [{ name: 'desk', transfer: { integration: INTEGRATION, to: desk } }] } },
    integrationRefs: [{ name: 'pbx' }, { name: INTEGRATION }],
  })

export async function statusOf(namespace: string): Promise<IntegrationStatus> {
  const found = await zones.kubeJson<{ status?: IntegrationStatus }>('get', 'integration', INTEGRATION, '-n', namespace)
  return found.status ?? {}
}

export const conditionOf = async (namespace: string, type: string) =>
  (await statusOf(namespace)).conditions?.find((condition) => condition.type === type)

/** Calls, and hangs up once the desk has: true when it came through. */
export async function comesThrough(caller: PlainCaller, number: string, withinSeconds = 15): Promise<boolean> {
  const attempt = caller.invite(number)
  try {
    await attempt.status(200, withinSeconds)
    attempt.within('ACK')
    await eventually(() => {
      if (!attempt.requests.some((text) => text.startsWith('BYE '))) throw new Error('it is still up')
    }, withinSeconds)
    return true
  } catch {
    return false
  }
}

/** Calls by each caller again and again until `stop`, which says how many calls there were, and how many were lost. */
export function keepCalling(callers: readonly PlainCaller[], number: string) {
  let isOver = false
  const count = { placed: 0, lost: 0 }
  const all = callers.map(async (caller) => {
    while (!isOver) {
      count.placed++
      if (!(await comesThrough(caller, number))) count.lost++
      await pause(200)
    }
  })
  return {
    async stop() {
      isOver = true
      await Promise.all(all)
      return count
    },
  }
}
