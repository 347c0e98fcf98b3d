import { stringify } from 'yaml'

/**
 * Who did what, for tests: everything at Metadata, and the operator's writes with their body, so that a test can prove
 * what the operator wrote and as which pod. Metadata carries userInfo with its extra fields and the response's status.
 * Secrets stay at Metadata whoever writes them: an audit log must not become a store of keys.
 */
export function renderAuditPolicy(operatorUser: string): string {
  return stringify({
    apiVersion: 'audit.k8s.io/v1',
    kind: 'Policy',
    omitStages: ['RequestReceived'],
    rules: [
      { level: 'Metadata', resources: [{ group: '', resources: ['secrets', 'serviceaccounts/token'] }] },
      { level: 'Request', users: [operatorUser], verbs: ['create', 'update', 'patch', 'delete', 'deletecollection'] },
      { level: 'Metadata' },
    ],
  })
}
