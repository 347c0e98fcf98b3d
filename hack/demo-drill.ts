import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { kubectl } from './chart.ts'
import { kubeconfigPath } from './cluster/faults.ts'
import { say } from './cluster/progress.ts'
import { repo } from './cluster/settings.ts'
import { run, until } from './cluster/shell.ts'
import type { FailoverDrill, FailoverDrillStatus } from '../src/api/failover-drill.ts'
import { keepDrill } from './drill-picture.ts'

export const DRILL_SAMPLE = 'config/samples/40-failover-drill.yaml'
const NAME = 'cabinet-essai'
const LONGEST_SECONDS = 240

type Drilled = Pick<FailoverDrillStatus, 'verdict' | 'because' | 'timings' | 'calls'>

/** Runs the drill of the samples, as a person would. @throws unless it passes */
export async function runDrill(namespace: string): Promise<Drilled> {
  const kube = (...args: string[]) => kubectl(['--kubeconfig', kubeconfigPath(), ...args])
  const read = async () =>
    JSON.parse(await kube('get', 'failoverdrill', NAME, '-n', namespace, '-o', 'json')) as FailoverDrill
  const status = async () => (await read()).status
  // A drill runs once: that of an earlier demonstration is evidence of then.
  await kube('delete', 'failoverdrill', NAME, '-n', namespace, '--ignore-not-found')
  await kube('apply', '--server-side', '-f', DRILL_SAMPLE)
  let shown = ''
  await until('the drill to end', LONGEST_SECONDS, async () => {
    const now = await status()
    if (now?.state !== undefined && now.state !== shown) say(`the drill is in state ${(shown = now.state)}`)
    return now?.verdict !== undefined
  })
  const { verdict, because, timings, calls } = (await status())!
  console.log(`\n$ kubectl get failoverdrills -n ${namespace}\n${await kube('get', 'failoverdrills', '-n', namespace)}`)
  if (verdict !== 'Passed') throw new Error(`the drill ended with ${verdict}: ${because}`)
  await until('the record of the drill', 30, async () => (await status())?.evidence !== undefined)
  await showReport(namespace)
  keepDrill(await read())
  return { verdict, because, timings, calls }
}

/** What the command line says of it, its timeline as an image, and its record, verified without a cluster. */
async function showReport(namespace: string): Promise<void> {
  const env = { KUBECONFIG: kubeconfigPath() }
  const callbot = (...args: string[]) => run(process.execPath, ['src/main.ts', ...args], { cwd: repo, env })
  mkdirSync(join(repo, 'out'), { recursive: true })
  const at = (file: string) => join('out', file)
  const report = ['drill', 'report', NAME, '-n', namespace, '--svg', at('drill.svg')]
  console.log(`$ callbot ${report.join(' ')}\n${await callbot(...report)}`)
  const exported = ['evidence', 'export', '-n', namespace, '--keys', at('public.pem')]
  writeFileSync(join(repo, at('records.yaml')), await callbot(...exported))
  const verify = ['evidence', 'verify', '-f', at('records.yaml'), '-k', at('public.pem')]
  console.log(`$ callbot ${verify.join(' ')}\n${await callbot(...verify)}`)
}
