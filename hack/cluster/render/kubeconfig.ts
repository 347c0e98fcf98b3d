import { stringify } from 'yaml'

export type KubeconfigInput = { server: string; user: string; ca: string; certificate: string; key: string }

const base64 = (pem: string) => Buffer.from(pem.endsWith('\n') ? pem : `${pem}\n`).toString('base64')

/** A kubeconfig with everything inside, so that it can be copied and used anywhere on the machine. */
export function renderKubeconfig({ server, user, ca, certificate, key }: KubeconfigInput): string {
  const name = 'callbot-cluster'
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server, 'certificate-authority-data': base64(ca) } }],
    users: [{ name: user, user: { 'client-certificate-data': base64(certificate), 'client-key-data': base64(key) } }],
    contexts: [{ name, context: { cluster: name, user } }],
    'current-context': name,
  })
}
