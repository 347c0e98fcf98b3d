import { replaceUnreadSecret } from '../../kube/write-only-secret.ts'
import { issueLeaf } from '../../pki/certificate-authority.ts'
import type { CertificateFacts } from '../../pki/certificate-renewal.ts'
import { leafSecret } from '../certificates/leaf-secret.ts'
import type { Manifest } from '../render/manifest.ts'
import { recordsHost, recordsLabels, RECORDS_TLS_SECRET, renderRecords } from '../render/records.ts'
import type { RetentionPolicyOutcome, RetentionPolicyPlan, RetentionPolicyStep } from '../steps/retention-policy.ts'
import { RECORDS } from '../world/labels.ts'
import type { RetentionPolicyWorld } from '../world/retention-policy.ts'
import { attempt } from './attempt.ts'
import type { ApplyDependencies } from './dependencies.ts'
import { areRootKeysMissing, isCertificateMissing, isStillWritten, makeRootKeys, removeRootKeys } from './root-keys.ts'

/** What a step is about, for people. */
const nounOf = (step: RetentionPolicyStep): string => (step.do === 'apply' ? step.manifest.kind : NOUNS[step.do])
const NOUNS = {
  makeRootKeys: 'Secret with root keys',
  checkRootKeys: 'Secret with root keys',
  removeRootKeys: 'Secret with root keys',
  checkCertificate: 'Secret with the certificate of callbot-records',
  issueCertificate: 'Secret with the certificate of callbot-records',
  applyRecords: 'StatefulSet',
} as const

/** Without them the StatefulSet is not written: its pods could not start, or what it says of root keys would not be so. */
const NEEDED: ReadonlySet<RetentionPolicyStep['do']> = new Set(['makeRootKeys', 'removeRootKeys', 'issueCertificate'])

/**
 * Carries out a plan, one request at a time.
 * @throws when the API server fences us off: another replica leads, and nothing more is ours to do
 */
export async function applyRetentionPolicy(
  dependencies: ApplyDependencies,
  world: RetentionPolicyWorld,
  { steps }: RetentionPolicyPlan,
): Promise<RetentionPolicyOutcome> {
  const outcome: RetentionPolicyOutcome = { failures: [] }
  let isPossible = true
  for (const step of steps) {
    if (step.do === 'applyRecords' && !isPossible) continue
    const isDone = await attempt(outcome, step, nounOf(step), () => doStep(dependencies, world, step, outcome))
    if (NEEDED.has(step.do)) isPossible &&= isDone
  }
  return outcome
}

async function doStep(
  dependencies: ApplyDependencies,
  world: RetentionPolicyWorld,
  step: RetentionPolicyStep,
  outcome: RetentionPolicyOutcome,
): Promise<boolean | void> {
  const { kube, secretChecks } = dependencies
  const { namespace, now } = world
  switch (step.do) {
    case 'makeRootKeys':
      return makeRootKeys(kube, namespace, step.slot, now)
    case 'removeRootKeys': {
      // Decided on what was written down: of a cache that is late, the Secret may be the one that seals by now.
      outcome.superseded = !(await isStillWritten(kube, namespace, world.children.statefulSet?.rootKeys))
      if (outcome.superseded) return false
      return removeRootKeys(kube, namespace, step.slot)
    }
    case 'checkRootKeys':
      outcome.areKeysMissing = await areRootKeysMissing(kube, secretChecks, { namespace, slots: step.slots, now })
      return
    case 'checkCertificate':
      if (await isCertificateMissing(kube, secretChecks, namespace, now)) {
        outcome.certificate = await issueCertificate(dependencies, world)
        secretChecks.delete(`${namespace}/${RECORDS_TLS_SECRET}`)
      }
      return
    case 'issueCertificate':
      outcome.certificate = await issueCertificate(dependencies, world)
      return
    case 'apply':
      return applyChild(dependencies, world, step.manifest)
    case 'applyRecords': {
      const certificate = outcome.certificate ?? world.children.statefulSet!.certificate!
      return applyChild(dependencies, world, renderRecords(world, certificate, step.keys))
    }
  }
}

async function applyChild(
  { applier, caches }: ApplyDependencies,
  { children }: RetentionPolicyWorld,
  manifest: Manifest,
): Promise<void> {
  const [live, cache] = {
    StatefulSet: () => [children.statefulSet, caches.records] as const,
    Service: () => [children.service, caches.children.service] as const,
    NetworkPolicy: () => [children.networkPolicy, caches.children.networkPolicy] as const,
    PodDisruptionBudget: () => [children.podDisruptionBudget, caches.children.podDisruptionBudget] as const,
  }[manifest.kind]!()
  const answer = await applier.applyIfChanged(manifest, live)
  if (answer !== undefined) cache?.absorb(answer)
}

/** One for both sides: the name of its Service for bots, by which the store knows the namespace too. */
async function issueCertificate(
  { kube, authority, leafLifetimeSeconds }: ApplyDependencies,
  { namespace, now }: RetentionPolicyWorld,
): Promise<CertificateFacts> {
  const host = recordsHost(namespace)
  const request = { commonName: RECORDS, dnsNames: [host, `${host}.cluster.local`] }
  const leaf = issueLeaf(authority(), request, now, leafLifetimeSeconds)
  await replaceUnreadSecret(kube, leafSecret({ name: RECORDS_TLS_SECRET, namespace, labels: recordsLabels }, leaf))
  const { serial, issuer, bundleId, notBefore, notAfter } = leaf
  return { serial, issuer, bundle: bundleId, notBefore: notBefore.getTime(), notAfter: notAfter.getTime() }
}
