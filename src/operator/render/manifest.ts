import { BOT_LABEL, COMPONENT_LABEL, MANAGED_BY_LABEL } from '../world/labels.ts'

/** What every object sent to the API server has in common. */
export interface Manifest {
  apiVersion: string
  kind: string
  metadata: ManifestMetadata
  [field: string]: unknown
}

export interface ManifestMetadata {
  name: string
  namespace: string
  labels: Record<string, string>
  annotations?: Record<string, string>
  ownerReferences?: OwnerReference[]
}

export interface OwnerReference {
  apiVersion: string
  kind: string
  name: string
  uid: string
  /** Of an object that belongs to one other alone. */
  controller?: true
}

/** The object that a child belongs to. */
export interface Owner {
  namespace: string
  name: string
  uid: string
}

export const MANAGER = 'callbot-operator'

/** Which pods a ReplicaSet takes away first: those of the lowest cost. A pod without the annotation has 0. */
export const DELETION_COST = 'controller.kubernetes.io/pod-deletion-cost'
export const LEAVES_FIRST = '-1'

/** Ports of a bot pod: SIP over TLS (RFC 3261 section 19.1.2 gives 5061) and health over HTTPS. */
export const SIPS_PORT = 5061
export const HEALTH_PORT = 8443

/** Where an edge tells how it is. */
export const EDGE_STATE_PORT = 8444

/** The volume of a bot pod that holds its configuration. */
export const BOT_VOLUME = 'bot'

/** First port of a bot pod's media. */
export const FIRST_MEDIA_PORT = 16384

/** The name by which a part of the installation proves who it is. */
export const serviceName = (part: string, operatorNamespace: string) => `callbot-${part}.${operatorNamespace}.svc`

export const tlsSecretName = (bot: string) => `${bot}-sip-tls`

export function childLabels(bot: string, component: string): Record<string, string> {
  return {
    'app.kubernetes.io/name': 'callbot',
    'app.kubernetes.io/instance': bot,
    [COMPONENT_LABEL]: component,
    [MANAGED_BY_LABEL]: MANAGER,
    [BOT_LABEL]: bot,
  }
}

/**
 * Metadata of a child that Kubernetes collects with its Callbot. `blockOwnerDeletion` stays out: it would need the
 * right to update finalizers, and nothing of ours has to go before the Callbot does.
 */
export function childMetadata(owner: Owner, name = owner.name): ManifestMetadata {
  return {
    name,
    namespace: owner.namespace,
    labels: childLabels(owner.name, 'voice'),
    ownerReferences: [ownerReference(owner)],
  }
}

function ownerReference(owner: Owner): OwnerReference {
  return { apiVersion: 'callbots.dev/v1alpha1', kind: 'Callbot', name: owner.name, uid: owner.uid, controller: true }
}
