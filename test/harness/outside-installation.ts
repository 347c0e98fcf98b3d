/** An installation whose edges relay media, in a cluster to whose pods nobody outside has a route. */
import { expect } from 'chai'
import {
  ensureOutside,
  leadToEdges,
  masqueradeAtNodes,
  publicAddressOf,
  removeOutside,
} from '../../hack/cluster/outside.ts'
import { zones as clusterZones } from '../../hack/cluster/settings.ts'
import { installChart, talkingValues, waitReady, type InstallOptions } from '../../hack/install.ts'
import { everyEdge, type Edge } from './edges.ts'
import { eventually } from './eventually.ts'
import { longReading } from './long-reading.ts'
import * as zones from './three-zones.ts'

/** Where callers reach edges, as the chart has it. */
type Expose = 'PodAddress' | 'HostPort'

export interface OutsideInstallation {
  readonly edges: readonly Edge[]
  readonly namespace: string
  /** Applies them; resolves when each bot among them is Ready and its number is published. */
  serve(...objects: readonly (ReturnType<typeof zones.aBot> | object)[]): Promise<void>
  /** Installs another release with the same values. */
  upgrade(release: Release): Promise<void>
  stop(): Promise<void>
}

type Release = Pick<InstallOptions, 'chart' | 'image'>

/** A bot of three pods that reads out for so long, to callers of every kind. */
export const aReadingBot = (namespace: string, seconds: number) =>
  zones.aBot(namespace, 'lecture', {
    dialog: longReading(seconds),
    media: { sipTransport: 'Any', srtp: 'Preferred' },
    capacity: { scaling: 'External', replicas: 3, minReplicas: 3, maxReplicas: 3, callsPerPod: 40 },
  })

export async function installForOutside(expose: Expose, release: Release = {}): Promise<OutsideInstallation> {
  await ensureOutside()
  const addresses = Object.fromEntries(clusterZones.map(({ node }) => [node, publicAddressOf(node)]))
  const edge = { expose, listen: { udp: true }, media: { mode: 'Relay', addresses } }
  const upgrade = async (to: Release) => {
    await installChart({ values: { ...talkingValues, edge }, timeoutSeconds: 300, ...to })
    await waitReady()
  }
  await upgrade(release)
  const edges = await everyEdge()
  if (expose === 'HostPort') await masqueradeAtNodes()
  const leadTo = expose === 'HostPort' ? clusterZones : edges
  await leadToEdges(new Map(leadTo.map(({ node, address }) => [node, address])))
  const namespace = await zones.freshNamespace('outside')
  return {
    edges,
    namespace,
    upgrade,
    async serve(...objects) {
      await zones.applyManifests(...objects)
      for (const { metadata, spec } of objects.filter(isBot)) {
        await eventually(async () => {
          const { conditions = [] } = (await zones.botNamed(namespace, metadata.name)).status ?? {}
          const ready = conditions.find(({ type }) => type === 'Ready')
          expect(ready, JSON.stringify(conditions)).to.include({ status: 'True' })
        }, 300)
        await zones.untilPublished(spec.numbers[0]!)
      }
    },
    async stop() {
      await removeOutside()
      await zones.removeNamespace(namespace)
      await installChart({ values: talkingValues, timeoutSeconds: 300 })
    },
  }
}

const isBot = (object: object): object is ReturnType<typeof zones.aBot> => 'kind' in object && object.kind === 'Callbot'
