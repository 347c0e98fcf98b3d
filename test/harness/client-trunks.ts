/** A client's trunks outside the cluster: SIPp plays them on this machine, at ports of its own address, and edges call them there. */
import { host } from '../../hack/cluster/settings.ts'
import { startSippTrunk, type SippTrunk, type SippTrunkOptions } from './sipp-trunk.ts'

export interface ClientTrunk {
  name: string
  role: 'Primary' | 'Backup'
  port: number
  transport: 'UDP' | 'TCP'
}

/** The Integration that names them, watched as often as it may be. `sip` is laid over the rest. */
export const trunkIntegration = (
  namespace: string,
  name: string,
  trunks: readonly ClientTrunk[],
  sip: Record<string, unknown> = {},
) => ({
  ...{ apiVersion: 'callbots.dev/v1alpha1', kind: 'Integration', metadata: { name, namespace } },
  spec: {
    criticality: trunks.some(({ role }) => role === 'Backup') ? 'High' : 'Standard',
    sip: {
      trunks: trunks.map(({ name: trunk, role, port, transport }) => ({
        ...{ name: trunk, role, transport, srtp: 'Disabled' },
        address: { host: host.address, port },
        capacity: { maxCalls: 10_000, callsPerSecond: 1_000 },
      })),
      probe: { intervalSeconds: 1, timeoutMilliseconds: 1_000, downAfter: 2, upAfter: 2 },
      failover: { failback: { holdSeconds: 2 } },
      ...sip,
    },
  },
})

/** Begins to answer at the trunk's port. Whoever is frozen or killed has to be stopped all the same. */
export const playTrunk = (
  { port, transport }: Pick<ClientTrunk, 'port' | 'transport'>,
  acts: SippTrunkOptions['acts'],
): Promise<SippTrunk> => startSippTrunk({ address: host.address, port, transport, acts })
