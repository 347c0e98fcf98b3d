import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Clock } from '../runtime/clock.ts'
import type { Credentials } from './bearer-tokens.ts'

/** `users[].user.exec` of a kubeconfig (client.authentication.k8s.io). */
export interface ExecPlugin {
  apiVersion: string
  command: string
  args?: string[] | null
  env?: { name: string; value: string }[] | null
  installHint?: string
}

interface ExecCredential {
  status?: { token?: string; expirationTimestamp?: string; clientCertificateData?: string }
}

const TIMEOUT_MS = 60_000
const EARLY_MS = 30_000

/** Runs the plugin for a token and keeps it until shortly before it expires. */
export function execToken(plugin: ExecPlugin, env: NodeJS.ProcessEnv, clock: Pick<Clock, 'wall'>): Credentials {
  let header: string | undefined
  let validUntil = Infinity
  return {
    async header() {
      if (header === undefined || clock.wall() >= validUntil - EARLY_MS) {
        const { token, expirationTimestamp } = await run(plugin, env)
        header = `Bearer ${token}`
        validUntil = expirationTimestamp ? Date.parse(expirationTimestamp) : Infinity
      }
      return header
    },
    renew() {
      header = undefined
      return true
    },
  }
}

async function run(
  plugin: ExecPlugin,
  env: NodeJS.ProcessEnv,
): Promise<{ token: string; expirationTimestamp?: string }> {
  const info = { apiVersion: plugin.apiVersion, kind: 'ExecCredential', spec: { interactive: false } }
  const extra = Object.fromEntries((plugin.env ?? []).map(({ name, value }) => [name, value]))
  const { stdout } = await promisify(execFile)(plugin.command, plugin.args ?? [], {
    env: { ...env, ...extra, KUBERNETES_EXEC_INFO: JSON.stringify(info) },
    timeout: TIMEOUT_MS,
  }).catch((cause) => {
    const hint = plugin.installHint ? `: ${plugin.installHint}` : ': check users[].user.exec in the kubeconfig'
    throw new Error(`the credential plugin ${plugin.command} failed${hint}`, { cause })
  })
  const { status } = JSON.parse(stdout) as ExecCredential
  if (!status?.token)
    throw new Error(
      `the credential plugin ${plugin.command} gave no token: only plugins that give a token are supported`,
    )
  return { token: status.token, expirationTimestamp: status.expirationTimestamp }
}
