import type { KeyObject } from 'node:crypto'
import type { Applier } from '../../kube/applier.ts'
import type { Kube } from '../../kube/client.ts'
import type { Authority } from '../../pki/certificate-authority.ts'
import type { Caches } from '../observe/caches.ts'
import type { AreIdle } from '../observe/idle-check.ts'
import type { CheckFlow, Refusals } from './bot-configuration.ts'
import type { SecretChecks } from './root-keys.ts'

/** What `apply` works with. */
export interface ApplyDependencies {
  kube: Kube
  applier: Applier
  caches: Caches
  authority: () => Authority
  leafLifetimeSeconds: number
  checkFlow: CheckFlow
  refusals: Refusals
  secretChecks: SecretChecks
  areIdle: AreIdle
  /** Signs records of drills. Undefined: there is none yet. */
  evidenceKey: () => KeyObject | undefined
}
