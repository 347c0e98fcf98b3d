/** The commands of a guide, as a reader takes them from there. */
import { readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { binary, helm, kubernetes } from '../../hack/cluster/binaries.ts'
import { kubeconfigPath } from '../../hack/cluster/faults.ts'
import { run } from '../../hack/cluster/shell.ts'

/** Blocks for the shell in a section, in order. @throws when there is no such section */
export function shellBlocksOf(file: string, title: string): string[] {
  const section = readFileSync(file, 'utf8')
    .split(/^## /m)
    .find((text) => text.startsWith(`${title}\n`))
  if (section === undefined) throw new Error(`${file} has no section ${title}`)
  return [...section.matchAll(/^```sh\n(.*?)^```/gms)].map(([, text]) => text!)
}

/** Has a shell run them in the cluster; it stops at the first that fails. @returns what they print */
export function followCommands(commands: string): Promise<string> {
  const folders = [binary(kubernetes, 'kubectl'), binary(helm, 'helm')].map((file) => dirname(file))
  const env = { ...process.env, KUBECONFIG: kubeconfigPath(), PATH: [...folders, process.env['PATH']].join(':') }
  return run('bash', ['-euo', 'pipefail', '-c', commands], { env })
}
