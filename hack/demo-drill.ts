import { kubectl } from './chart.ts'
import { kubeconfigPath } from './cluster/faults.ts'
import { say } from './cluster/progress.ts'
import { until } from './cluster/shell.ts'
import type { FailoverDrillStatus } from '../src/api/failover-drill.ts'

export const DRILL_SAMPLE = 'config/samples/40-failover-drill.yaml'
const NAME = 'cabinet-essai'
const LONGEST_SECONDS = 240

type Drilled = Pick<FailoverDrillStatus, 'verdict' | 'because' | 'timings' | 'calls'>

/** Runs the drill of the samples, as a person would. @throws unless it passes */
export async function runDrill(namespace: string): Promise<Drilled> {
  const kube = (...args: string[]) => kubectl(['--kubeconfig', kubeconfigPath(), ...args])
  const status = async () => {
    const drill = JSON.parse(await kube('get', 'failoverdrill', NAME, '-n', namespace, '-o', 'json')) as {
      status?: FailoverDrillStatus
    }
    return drill.status
  }
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
  return { verdict, because, timings, calls }
}
