import type { Applier } from '../../kube/applier.ts'
import type { Kube } from '../../kube/client.ts'
import type { Authority } from '../../pki/certificate-authority.ts'
import type { Caches } from '../observe/caches.ts'
import type { AreIdle } from '../observe/idle-check.ts'
import type { CheckFlow, Refusals } from './bot-configuration.ts'
import type { RootKeyChecks } from './root-keys.ts'

/** What `apply` works with. */
export interface ApplyDependencies {
  kube: Kube
  applier: Applier
  caches: Caches
  authority: () => Authority
  leafLifetimeSeconds: number
  checkFlow: CheckFlow
  refusals: Refusals
  rootKeyChecks: RootKeyChecks
  areIdle: AreIdle
}
