import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

interface Access {
  /** https URL of the API server. */
  server: string
  /** PEM text of the certificate authority. */
  ca: string
  token: string
  namespace?: string
}

/**
 * The environment of a program that finds its API server as in a pod: a service account in a folder.
 * @param folder absent: a new one
 */
export function asInPod(
  { server, ca, token, namespace = 'default' }: Access,
  folder = mkdtempSync(join(tmpdir(), 'callbot-service-account-')),
): Record<string, string> {
  mkdirSync(folder, { recursive: true })
  for (const [file, text] of Object.entries({ 'ca.crt': ca, token, namespace }))
    writeFileSync(join(folder, file), text, { mode: 0o600 })
  const { hostname, port } = new URL(server)
  return {
    KUBERNETES_SERVICE_HOST: hostname,
    KUBERNETES_SERVICE_PORT: port || '443',
    CALLBOT_SERVICE_ACCOUNT_DIRECTORY: folder,
  }
}
