/** The chart, and helm as this repo pins it. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { binary, ensureBinaries, helm as helmModule, kubernetes } from './cluster/binaries.ts'
import { repo } from './cluster/settings.ts'
import { pause, run } from './cluster/shell.ts'

export const chartDir = join(repo, 'charts', 'callbot-operator')
export const clientChartDir = join(repo, 'charts', 'callbot-client')
export const release = 'callbot-operator'
export const operatorNamespace = 'callbot-system'

/** Runs helm and resolves with what it printed. `input` goes to its standard input (for `--values -`). */
export async function helm(args: readonly string[], input?: string): Promise<string> {
  await ensureBinaries([helmModule])
  return run(binary(helmModule, 'helm'), args, { input })
}

/** Runs kubectl and resolves with what it printed. */
export async function kubectl(args: readonly string[], input?: string): Promise<string> {
  await ensureBinaries([kubernetes])
  return run(binary(kubernetes, 'kubectl'), args, { input })
}

/** What passes by itself: a review on a busy machine, and what a new namespace gets in its first second. */
const PASSES = /was not reviewed in time: apply it again|serviceaccount "default" not found/
const TRIES = 5

/** Applies objects, server-side; again where the API server says that this helps. */
export async function applyObjects(kubeconfig: string, objects: readonly object[]): Promise<string> {
  const manifests = objects.map((object) => `---\n${stringify(object)}`).join('')
  for (let tries = 1; ; tries++) {
    try {
      return await kubectl(['--kubeconfig', kubeconfig, 'apply', '--server-side', '-f', '-'], manifests)
    } catch (error) {
      if (tries === TRIES || !PASSES.test(String(error))) throw error
      await pause(1_000 * tries)
    }
  }
}

/**
 * What `helm template` makes of the chart.
 * @param valuesFiles files of values, the last one wins
 * @param apis of the cluster, beside those of Kubernetes
 */
export function renderChart(
  valuesFiles: readonly string[] = [],
  sets: readonly string[] = [],
  apis: readonly string[] = [MONITORING],
): Promise<string> {
  const values = valuesFiles.flatMap((file) => ['--values', file])
  // To helm's --set, +33123456789 is a number, and loses its plus.
  const set = sets.flatMap((each) => [each.includes('=+') ? '--set-string' : '--set', each])
  const known = apis.flatMap((api) => ['--api-versions', api])
  return helm(['template', release, chartDir, '-n', operatorNamespace, ...kubeVersion(), ...known, ...values, ...set])
}

/**
 * What `helm template` makes of the chart of clients.
 * @param files files of values; "-" for `input`
 */
export function renderClient(
  name: string,
  namespace: string,
  files: readonly string[],
  input?: string,
  sets: readonly string[] = [],
): Promise<string> {
  const values = files.flatMap((file) => ['--values', file])
  const set = sets.flatMap((each) => ['--set', each])
  return helm(['template', name, clientChartDir, '-n', namespace, ...kubeVersion(), ...values, ...set], input)
}

/** Of the kinds of the Prometheus operator. */
const MONITORING = 'monitoring.coreos.com/v1'

/** The version of Kubernetes that the tests run on, in place of that of helm's libraries. */
export function kubeVersion(): string[] {
  const goMod = readFileSync(join(repo, 'hack', 'kubernetes', 'go.mod'), 'utf8')
  const version = /^\s*(?:require )?k8s\.io\/kubernetes v(\S+)/m.exec(goMod)?.[1]
  if (!version) throw new Error('hack/kubernetes/go.mod names no version of k8s.io/kubernetes: add the require line')
  return ['--kube-version', version]
}
