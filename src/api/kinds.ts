/** The four kinds as the API server names them. */

export const GROUP = 'callbots.dev'
export const VERSION = 'v1alpha1'
export const API_VERSION = `${GROUP}/${VERSION}`

export type KindName = 'Callbot' | 'Integration' | 'RetentionPolicy' | 'FailoverDrill'

/** What a client needs to form the path of a kind. */
export interface KindDescriptor {
  group: string
  version: string
  plural: string
  kind: KindName
  namespaced: boolean
}

const descriptor = (kind: KindName, plural: string): KindDescriptor => ({
  group: GROUP,
  version: VERSION,
  plural,
  kind,
  namespaced: true,
})

export const CALLBOTS = descriptor('Callbot', 'callbots')
export const INTEGRATIONS = descriptor('Integration', 'integrations')
export const RETENTION_POLICIES = descriptor('RetentionPolicy', 'retentionpolicies')
export const FAILOVER_DRILLS = descriptor('FailoverDrill', 'failoverdrills')
