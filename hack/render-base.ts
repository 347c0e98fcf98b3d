/**
 * Renders the chart with its default values into config/base, for people who install without helm.
 * `--check` writes nothing and exits with 1 when the files there differ from what the chart says.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { parse } from 'yaml'
import { renderChart } from './chart.ts'
import { repo } from './cluster/settings.ts'

const target = join(repo, 'config', 'base')
const header =
  '# Generated from charts/callbot-operator by hack/render-base.ts. Change the chart, then run `make generate`.\n'
/** What only helm needs to find its objects again. */
const helmOnly =
  /^(?:# Source: .*|\s+helm\.sh\/chart: .*|\s+app\.kubernetes\.io\/(?:managed-by: Helm|instance: callbot-operator))\n/gm
/** What helm makes for a test alone. */
const hook = 'helm.sh/hook: test'
const keep = '  annotations:\n    helm.sh/resource-policy: keep\n'
/** What has to outlive the operator, as helm keeps it, goes to the part that is deleted last. */
const keptFile = 'foundation/lease-watch.yaml'

/** The files of the base by path: all objects of one kind in one, and those that stay at an uninstall in another. */
export async function renderBase(): Promise<Map<string, string>> {
  const rendered = await renderChart([], ['crds.install=false'])
  const byFile = new Map<string, string[]>()
  for (const text of documents(rendered)) {
    const { kind } = parse(text) as { kind: string }
    const file = text.includes(keep) ? keptFile : `operator/${kind.toLowerCase()}.yaml`
    byFile.set(file, [...(byFile.get(file) ?? []), text.replace(keep, '')])
  }
  const paths = [...byFile.keys()].sort()
  const files = new Map(paths.map((path) => [path, header + byFile.get(path)!.join('---\n')]))
  const names = paths.filter((path) => path !== keptFile).map((path) => basename(path))
  return files.set('operator/kustomization.yaml', header + kustomization(names))
}

function documents(rendered: string): string[] {
  return rendered
    .split(/^---\n/m)
    .map((text) => `${text.replace(helmOnly, '').trim()}\n`)
    .filter((text) => parse(text) !== null && !text.includes(hook))
}

function kustomization(names: readonly string[]): string {
  const resources = names.map((name) => `  - ${name}\n`).join('')
  return `apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n${resources}`
}

/** Files in config/base that aren't what the chart renders: changed, missing or left over. */
export function differences(files: ReadonlyMap<string, string>): string[] {
  const inOperator = existsSync(join(target, 'operator')) ? readdirSync(join(target, 'operator')) : []
  const stale = inOperator.map((name) => `operator/${name}`).filter((path) => !files.has(path))
  const changed = [...files].filter(([path, text]) => !existsSync(join(target, path)) || read(path) !== text)
  return [...changed.map(([path]) => path), ...stale].sort()
}

const read = (path: string) => readFileSync(join(target, path), 'utf8')

function write(files: ReadonlyMap<string, string>): void {
  rmSync(join(target, 'operator'), { recursive: true, force: true })
  mkdirSync(join(target, 'operator'), { recursive: true })
  for (const [path, text] of files) writeFileSync(join(target, path), text)
}

if (import.meta.main) {
  const files = await renderBase()
  if (!process.argv.includes('--check')) write(files)
  const different = differences(files)
  if (different.length > 0) {
    console.error(`config/base differs from the chart in ${different.join(', ')}: run \`make generate\` and commit.`)
    process.exitCode = 1
  }
}
