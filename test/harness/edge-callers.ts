import { join } from 'node:path'
import { readyEdges, SIPS_PORT, type Edge } from '../../hack/calls/edges.ts'
import { runSipp, type SippOptions, type SippResult } from '../../hack/calls/sipp.ts'
import { host } from '../../hack/cluster/settings.ts'
import { createAuthority } from './authority.ts'
import { edgeAuthority } from './edges.ts'
import { untilPublished } from './three-zones.ts'

export interface EdgeCallersOptions extends Pick<
  SippOptions,
  'folder' | 'number' | 'perSecond' | 'ends' | 'audio' | 'signal'
> {
  callsPerEdge: number
  /** By which they come; all that are ready by default. */
  edges?: readonly Edge[]
  /** Calls at once through each edge; all of them by default. */
  concurrent?: number
  /** They offer SRTP, and nothing else, by default. */
  srtp?: boolean
  /** First port of the callers' media, for more than one set of callers at a time. */
  mediaPort?: number
}

export interface EdgeCallers {
  /** Calls that will be placed. */
  placed: number
  /** The ports at which the callers hear, as a capture's filter names them. */
  ports: string
  /** Places the calls; resolves when the last is over, with what each edge's callers say. */
  call(): Promise<SippResult[]>
}

/** Between the ports of callers' media at one edge and those at the next; SIPp takes its own share from the first on. */
const PORTS_PER_EDGE = 4_100

/** Where callers listen for SIP: another port each time, and none that the kernel gives to others. */
let listeners = 0
const portToListen = () => 14_000 + (listeners++ % 2_000)

/** SIPp's callers from outside, at every edge alike, over TLS. */
export async function gatherEdgeCallers(o: EdgeCallersOptions): Promise<EdgeCallers> {
  const { callsPerEdge, concurrent = callsPerEdge, mediaPort = 34_000, srtp = true, folder, edges: some, ...how } = o
  const edges = some ?? (await readyEdges())
  await untilPublished(o.number)
  const tls = { ...createAuthority('callers').issue(['caller.example.net']), ca: await edgeAuthority() }
  const at = (index: number) => mediaPort + PORTS_PER_EDGE * index
  const call = () =>
    Promise.all(
      edges.map(({ address }, index) =>
        runSipp({
          ...{ folder: join(folder, `edge-${index}`), target: `${address}:${SIPS_PORT}`, transport: 'tls', srtp },
          ...{ ...how, address: host.address, calls: callsPerEdge, concurrent, tls },
          ...{ mediaPort: at(index), localPort: portToListen() },
        }),
      ),
    )
  return { placed: callsPerEdge * edges.length, ports: `${mediaPort}-${at(edges.length)}`, call }
}
