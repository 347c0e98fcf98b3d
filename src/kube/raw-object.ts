/** The part of every object that Kubernetes itself defines. */
export interface Metadata {
  name: string
  namespace?: string
  uid?: string
  resourceVersion?: string
  generation?: number
  creationTimestamp?: string
  deletionTimestamp?: string
  labels?: Record<string, string>
  annotations?: Record<string, string>
  ownerReferences?: OwnerReference[]
  finalizers?: string[]
  managedFields?: ManagedFields[]
}

export interface OwnerReference {
  apiVersion: string
  kind: string
  name: string
  uid: string
  controller?: boolean
  blockOwnerDeletion?: boolean
}

export interface ManagedFields {
  manager?: string
  operation?: string
  apiVersion?: string
  subresource?: string
  fieldsV1?: unknown
}

/** An object as the API server sent it. Large: project it to what is needed and let go of it. */
export interface Raw {
  apiVersion?: string
  kind?: string
  metadata: Metadata
  [field: string]: unknown
}

/** An object as we write it. */
export interface Manifest {
  apiVersion: string
  kind: string
  metadata: { name: string; namespace?: string }
}
