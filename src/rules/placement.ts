import type { CallbotSpec } from '../api/callbot.ts'
import { each, error, type Findings, mergeFindings, oneOf } from './flow/findings.ts'

/** Where pods may run, and servers be. Nothing in a list: anywhere. */
export interface Placement {
  readonly regions: readonly string[]
  readonly certifications: readonly string[]
}

/** The labels of a node on which placement depends. */
export type PlacementLabels = Readonly<Record<string, string>>

/** What the labels of a node must have, in the form of a node affinity. */
export interface NodeRequirement {
  readonly key: string
  readonly operator: 'In' | 'Exists'
  readonly values?: readonly string[]
}

const REGION_LABEL = 'topology.kubernetes.io/region'
/** A kubelet may not set labels with this prefix on its own node (KEP-279): a node can't certify itself. */
const CERTIFICATION_PREFIX = 'callbots.node-restriction.kubernetes.io/'

/** Whether placement may depend on a label. */
export const isPlacementLabel = (key: string): boolean => key === REGION_LABEL || key.startsWith(CERTIFICATION_PREFIX)

/** What a node must have to be inside all of them. */
export function requirementsOf(...placements: readonly Placement[]): NodeRequirement[] {
  const lists = placements.map(({ regions }) => [...regions].sort()).filter(({ length }) => length > 0)
  const distinct = new Map(lists.map((values) => [values.join(), values]))
  const certifications = new Set(placements.flatMap((placement) => placement.certifications))
  return [
    ...[...distinct.values()].map((values) => ({ key: REGION_LABEL, operator: 'In' as const, values })),
    ...[...certifications].map((name) => ({ key: CERTIFICATION_PREFIX + name, operator: 'Exists' as const })),
  ]
}

/** The first requirement that none of these nodes meets together with those before it. Undefined: a node meets all of them. */
export function firstUnmet(
  requirements: readonly NodeRequirement[],
  nodes: readonly PlacementLabels[],
): NodeRequirement | undefined {
  let left = nodes
  return requirements.find((requirement) => {
    left = left.filter((labels) => meets(requirement, labels))
    return left.length === 0
  })
}

function meets({ key, values }: NodeRequirement, labels: PlacementLabels): boolean {
  const value = labels[key]
  return value !== undefined && (values === undefined || values.includes(value))
}

/** A label in a message, such as "topology.kubernetes.io/region with eu-west-3 or eu-central-1". */
export const labelText = ({ key, values }: NodeRequirement): string =>
  values === undefined ? key : `${key} with ${oneOf(values)}`

/** The regions that are in all of these lists; an empty list has every region. Undefined: any region. */
export function allowedRegions(...lists: readonly (readonly string[])[]): string[] | undefined {
  const [first, ...others] = lists.filter(({ length }) => length > 0)
  return first?.filter((region) => others.every((list) => list.includes(region)))
}

/** Whether something of a caller may be sent to that region. Who does not declare where it is, is outside. */
export const isInside = (allowed: readonly string[] | undefined, region: string | undefined): boolean =>
  allowed === undefined || (region !== undefined && allowed.includes(region))

/** Regions of a bot, and of its speech servers and language models, outside of those of the installation. */
export function outsideInstallation(
  { placement, speech, llm }: Pick<CallbotSpec, 'placement' | 'speech' | 'llm'>,
  regions: readonly string[],
): Findings {
  const allowed = allowedRegions(regions)
  const only = `the installation has only ${oneOf(regions)}: choose one inside, or ask the administrator of the cluster (placement.regions of the chart)`
  const servers = { 'speech.asr': speech.asr, 'speech.tts': speech.tts, 'llm.providers': llm?.providers ?? [] }
  return mergeFindings([
    each(placement.regions, (region, index) =>
      isInside(allowed, region) ? [] : [error(`spec.placement.regions[${index}]`, `${region} is outside, for ${only}`)],
    ),
    ...Object.entries(servers).map(([path, providers]) =>
      each(providers, ({ type, region }, index) =>
        type === 'Embedded' || isInside(allowed, region)
          ? []
          : [error(`spec.${path}[${index}].region`, `the server is declared in ${region}, and ${only}`)],
      ),
    ),
  ])
}
