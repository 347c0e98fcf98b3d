/**
 * Renders the chart with its default values into config/base/operator, for people who install without helm.
 * `--check` writes nothing and exits with 1 when the files there differ from what the chart says.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { renderChart } from './chart.ts'
import { repo } from './cluster/settings.ts'

const target = join(repo, 'config', 'base', 'operator')
const header =
  '# Generated from charts/callbot-operator by hack/render-base.ts. Change the chart, then run `make generate`.\n'
/** What only helm needs to find its objects again. */
const helmOnly =
  /^(?:# Source: .*|\s+helm\.sh\/chart: .*|\s+app\.kubernetes\.io\/(?:managed-by: Helm|instance: callbot-operator))\n/gm

/** The files of the base by name, each with all objects of one kind. */
export async function renderBase(): Promise<Map<string, string>> {
  const rendered = await renderChart([], ['crds.install=false'])
  const byFile = new Map<string, string[]>()
  for (const text of documents(rendered)) {
    const { kind } = parse(text) as { kind: string }
    const file = `${kind.toLowerCase()}.yaml`
    byFile.set(file, [...(byFile.get(file) ?? []), text])
  }
  const names = [...byFile.keys()].sort()
  const files = new Map(names.map((name) => [name, header + byFile.get(name)!.join('---\n')]))
  return files.set('kustomization.yaml', header + kustomization(names))
}

function documents(rendered: string): string[] {
  return rendered
    .split(/^---\n/m)
    .map((text) => `${text.replace(helmOnly, '').trim()}\n`)
    .filter((text) => parse(text) !== null)
}

function kustomization(names: readonly string[]): string {
  const resources = names.map((name) => `  - ${name}\n`).join('')
  return `apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n${resources}`
}

/** Names of files in config/base/operator that aren't what the chart renders: changed, missing or left over. */
export function differences(files: ReadonlyMap<string, string>): string[] {
  const present = existsSync(target) ? readdirSync(target) : []
  const stale = present.filter((name) => !files.has(name))
  const changed = [...files].filter(([name, text]) => !present.includes(name) || read(name) !== text)
  return [...changed.map(([name]) => name), ...stale].sort()
}

const read = (name: string) => readFileSync(join(target, name), 'utf8')

function write(files: ReadonlyMap<string, string>): void {
  rmSync(target, { recursive: true, force: true })
  mkdirSync(target, { recursive: true })
  for (const [name, text] of files) writeFileSync(join(target, name), text)
}

if (import.meta.main) {
  const files = await renderBase()
  if (!process.argv.includes('--check')) write(files)
  const different = differences(files)
  if (different.length > 0) {
    console.error(
      `config/base/operator differs from the chart in ${different.join(', ')}: run \`make generate\` and commit.`,
    )
    process.exitCode = 1
  }
}
