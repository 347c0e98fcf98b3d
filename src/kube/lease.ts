import { compareVersions } from './resource-version.ts'

/** A coordination.k8s.io/v1 Lease as the API server gives it. */
export interface RawLease {
  apiVersion: 'coordination.k8s.io/v1'
  kind: 'Lease'
  metadata: { name: string; namespace: string; resourceVersion?: string; [other: string]: unknown }
  spec?: {
    holderIdentity?: string
    leaseDurationSeconds?: number
    acquireTime?: string
    renewTime?: string
    leaseTransitions?: number
    [other: string]: unknown
  }
}

/** What an elector remembers of a Lease that it saw. */
export interface SeenLease {
  raw: RawLease
  /** Monotonic time, ms, at which this version was first seen here. */
  seenAt: number
}

export function holderOf(lease: RawLease): string {
  return lease.spec?.holderIdentity ?? ''
}

export function termOf(lease: RawLease): number {
  return lease.spec?.leaseTransitions ?? 0
}

/**
 * The monotonic time, ms, from which the lease may be taken: its own duration after this version of it was first seen
 * here. The times written in it belong to another machine's clock and are for people only.
 */
export function freeFrom({ raw, seenAt }: SeenLease): number {
  return holderOf(raw) === '' ? seenAt : seenAt + (raw.spec?.leaseDurationSeconds ?? 0) * 1000
}

/** Whether `raw` is not older than what was seen. Resource versions of one resource can be compared (KEP-5504). */
export function isNewer(raw: RawLease, seen: SeenLease | undefined): boolean {
  return !seen || compareVersions(raw.metadata.resourceVersion, seen.raw.metadata.resourceVersion) > 0
}

export interface Claim {
  identity: string
  leaseDurationSeconds: number
  /** Wall time, ms, for the stamps. */
  wall: number
  term: number
}

/** A new Lease, held from now. */
export function newLease(namespace: string, name: string, claim: Claim): RawLease {
  const spec = { ...heldBy(claim), acquireTime: stamp(claim.wall) }
  return { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { namespace, name }, spec }
}

/** The Lease taken from whoever held it, or from nobody. */
export function acquired(raw: RawLease, claim: Claim): RawLease {
  return { ...raw, spec: { ...raw.spec, ...heldBy(claim), acquireTime: stamp(claim.wall) } }
}

/** The Lease held on to. */
export function renewed(raw: RawLease, claim: Claim): RawLease {
  return { ...raw, spec: { ...raw.spec, ...heldBy(claim) } }
}

/** The Lease given back: held by nobody, so that a standby takes it at once. */
export function released(raw: RawLease, wall: number): RawLease {
  return { ...raw, spec: { ...raw.spec, holderIdentity: '', leaseDurationSeconds: 1, renewTime: stamp(wall) } }
}

function heldBy({ identity, leaseDurationSeconds, wall, term }: Claim) {
  return { holderIdentity: identity, leaseDurationSeconds, renewTime: stamp(wall), leaseTransitions: term }
}

/** MicroTime: RFC 3339 with six decimals. */
export function stamp(wall: number): string {
  return new Date(wall).toISOString().replace('Z', '000Z')
}
