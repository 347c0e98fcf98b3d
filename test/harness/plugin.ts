/** Our plugin of kubectl, run as a person runs it. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { delimiter, dirname } from 'node:path'
import { binary, ensureBinaries, kubernetes } from '../../hack/cluster/binaries.ts'
import { kubeconfigPath } from '../../hack/cluster/faults.ts'

export interface Ended {
  code: number
  /** What it printed, on both streams. */
  text: string
}

/** @param env PATH has the kubectl that it runs */
export async function runPlugin(args: readonly string[], env: NodeJS.ProcessEnv): Promise<Ended> {
  const child = spawn(process.execPath, ['src/kubectl-callbot.ts', ...args], { env })
  let text = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (text += chunk))
  const [code] = (await once(child, 'close')) as [number]
  return { code, text }
}

/** With the kubectl and the cluster of the tests. */
export async function plugin(...args: string[]): Promise<Ended> {
  await ensureBinaries([kubernetes])
  const path = [dirname(binary(kubernetes, 'kubectl')), process.env['PATH']].join(delimiter)
  return runPlugin(args, { ...process.env, PATH: path, KUBECONFIG: kubeconfigPath() })
}
