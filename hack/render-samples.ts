/**
 * Renders the chart of clients with its example into config/samples, so that a client is written down once.
 * `--check` writes nothing and exits with 1 when the files there differ from what the chart says.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { clientChartDir, renderClient } from './chart.ts'
import { repo } from './cluster/settings.ts'

const target = join(repo, 'config', 'samples')
const example = join(clientChartDir, 'examples', 'lilas.yaml')
const header =
  '# Generated from charts/callbot-client and its examples/lilas.yaml.\n# Change those, then run `make generate`.\n'
/** The file of each kind. The other files in the folder are written by hand. */
const FILES: Readonly<Record<string, string>> = {
  Integration: '10-integration.yaml',
  Role: '11-trunk-secrets-role.yaml',
  RoleBinding: '12-trunk-secrets-rolebinding.yaml',
  RetentionPolicy: '20-retention-policy.yaml',
  Callbot: '30-callbot.yaml',
}

/** The text of each file by its name. */
export async function renderSamples(): Promise<Map<string, string>> {
  const rendered = await renderClient('lilas', 'cabinet-des-lilas', [example])
  const texts = rendered.split(/^---\n/m).map((text) => `${text.replaceAll(/^# Source: .*\n/gm, '').trim()}\n`)
  return new Map(
    texts.flatMap((text) => {
      const { kind } = (parse(text) as { kind: string } | null) ?? {}
      if (kind === undefined) return []
      const file = FILES[kind]
      if (file === undefined) throw new Error(`the example has a ${kind}: name its file in hack/render-samples.ts`)
      return [[file, header + text]]
    }),
  )
}

/** Files in config/samples that aren't what the chart renders. */
export const differences = (files: ReadonlyMap<string, string>): string[] =>
  [...files].flatMap(([name, text]) => (readFileSync(join(target, name), 'utf8') === text ? [] : [name]))

if (import.meta.main) {
  const files = await renderSamples()
  if (!process.argv.includes('--check')) for (const [name, text] of files) writeFileSync(join(target, name), text)
  const different = differences(files)
  if (different.length > 0) {
    console.error(`config/samples differs from the chart in ${different.join(', ')}: run \`make generate\` and commit.`)
    process.exitCode = 1
  }
}
