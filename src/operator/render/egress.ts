import type { EnvVar } from 'kubernetes-types/core/v1.d.ts'
import { DEFAULT_VALUES, type EgressValues, valuesFor } from '../../rules/egress.ts'
import { canonicalJson } from '../../lib/canonical.ts'

/** What a pod of a namespace has to know of the egress policy. None where it is the default: such pods are as in versions without. */
export function egressVariable(egress: EgressValues, namespace: string): EnvVar[] {
  const values = valuesFor(egress, namespace)
  const open = values.open.map(({ cidrs, namespaces }) => ({ cidrs, namespaces }))
  const value = canonicalJson({ ...values, open })
  return value === canonicalJson(DEFAULT_VALUES) ? [] : [{ name: 'CALLBOT_EGRESS', value }]
}
