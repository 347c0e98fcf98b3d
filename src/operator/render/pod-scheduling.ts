import type { Affinity, PodSpec, TopologySpreadConstraint } from 'kubernetes-types/core/v1.d.ts'
import type { NodeRequirement } from '../../rules/placement.ts'
import { ZONE_LABEL } from '../world/labels.ts'
import type { PodScheduling } from '../world/pod-scheduling.ts'

type Spread = Omit<TopologySpreadConstraint, 'labelSelector' | 'matchLabelKeys'>

/**
 * Strictly. `nodeTaintsPolicy: Honor` takes a zone that is cut off (and so tainted) out of the sum: else its missing pods could start nowhere
 * (KEP-3094). On a label that no node has, a strict constraint would let no pod start.
 */
export const OVER_ZONES: Spread = {
  ...{ maxSkew: 1, topologyKey: ZONE_LABEL, whenUnsatisfiable: 'DoNotSchedule', nodeTaintsPolicy: 'Honor' },
}
/** Where possible. */
export const OVER_NODES: Spread = {
  ...{ maxSkew: 1, topologyKey: 'kubernetes.io/hostname', whenUnsatisfiable: 'ScheduleAnyway' },
}

type Scheduled = Pick<PodSpec, 'nodeSelector' | 'tolerations' | 'priorityClassName' | 'imagePullSecrets'>

/** What a pod has of it, without what is empty: the API server keeps nothing of that. */
export function renderScheduling(o: PodScheduling): Scheduled {
  const { nodeSelector = {}, tolerations = [], priorityClassName = '', imagePullSecrets = [] } = o
  return {
    ...(Object.keys(nodeSelector).length > 0 && { nodeSelector: { ...nodeSelector } }),
    ...(tolerations.length > 0 && { tolerations: [...tolerations] }),
    ...(priorityClassName !== '' && { priorityClassName }),
    ...(imagePullSecrets.length > 0 && { imagePullSecrets: [...imagePullSecrets] }),
  }
}

/** On nodes that meet all of it. */
export function renderAffinity(requirements: readonly NodeRequirement[]): { affinity?: Affinity } {
  if (requirements.length === 0) return {}
  const matchExpressions = requirements.map(({ values, ...rest }) => ({
    ...rest,
    ...(values && { values: [...values] }),
  }))
  return {
    affinity: {
      nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions }] } },
    },
  }
}

/** Metadata of a pod with these labels. */
export const podMetadata = (labels: Record<string, string>, { annotations = {} }: PodScheduling) => ({
  labels,
  ...(Object.keys(annotations).length > 0 && { annotations: { ...annotations } }),
})
