/** A program of the name kubectl, which runs what is to run in a container as a process of this machine: no kubelet is on it. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { runPlugin, type Ended } from './plugin.ts'

export interface KubectlStandIn {
  /** For files of a test. */
  readonly folder: string
  /** Runs our plugin, which finds this kubectl. @returns the exit code, and what it has printed */
  plugin(...args: string[]): Promise<Ended>
  remove(): void
}

/** @param inPod environment of the container @param user that the API server knows */
export function standInForKubectl(inPod: NodeJS.ProcessEnv, user: string): KubectlStandIn {
  const folder = mkdtempSync(join(tmpdir(), 'callbot-kubectl-'))
  const whoami = JSON.stringify({ status: { userInfo: { username: user } } })
  const script = `#!/bin/sh
if [ "$1" = auth ]; then echo '${whoami}'; exit; fi
while [ "$1" != -- ]; do shift; done
shift
exec "$@"
`
  writeFileSync(join(folder, 'kubectl'), script)
  chmodSync(join(folder, 'kubectl'), 0o755)
  const env = { ...inPod, PATH: [folder, inPod['PATH']].join(delimiter) }
  return {
    folder,
    plugin: (...args) => runPlugin(args, env),
    remove: () => rmSync(folder, { recursive: true }),
  }
}
