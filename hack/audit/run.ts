/** Runs each tool over its part and reads what it found. */
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { step } from '../cluster/progress.ts'
import { repo } from '../cluster/settings.ts'
import { run, tryRun } from '../cluster/shell.ts'
import type { Finding } from './findings.ts'
import { checkPins, type Files } from './pins.ts'
import { readCheckov, readGitleaks, readHadolint, readKubeScore } from './readers.ts'
import { dockerfiles, writeSubjects } from './subjects.ts'
import type { Tools } from './tools.ts'
import { checkWorkflows } from './workflows.ts'

const folder = join(repo, 'out', 'audit')

/** Everything that takes more than files of this repository to find out; ten to sixty seconds. */
export async function runTools(tools: Tools): Promise<Finding[]> {
  mkdirSync(folder, { recursive: true })
  const manifests = await writeSubjects(folder)
  const parts: [string, () => Promise<Finding[]>][] = [
    ['kube-score over chart and bot', () => scoreManifests(tools, manifests)],
    [
      'checkov over chart and bot',
      async () => readCheckov(await tools.checkov(['--framework', 'kubernetes', '--file', ...manifests])),
    ],
    [
      'checkov over images',
      async () => readCheckov(await tools.checkov(['--framework', 'dockerfile', '--file', ...dockerfiles])),
    ],
    [
      'hadolint over images',
      async () => readHadolint((await inTree(tools.hadolint, ['--format', 'json', ...dockerfiles])).stdout),
    ],
    ['gitleaks over the history', () => searchHistory(tools)],
  ]
  const found: Finding[] = []
  for (const [title, work] of parts) found.push(...(await step(title, work)))
  return found
}

/** What reading this repository's own files shows; milliseconds. */
export async function runPins(): Promise<Finding[]> {
  return checkPins(
    await filesOf(/(^|\/)(Dockerfile[^/]*|go\.(mod|sum)|requirements\.txt)$|^(package-lock\.json|\.npmrc)$/),
  )
}

/** Likewise. */
export const runWorkflows = async (): Promise<Finding[]> => checkWorkflows(await filesOf(/^\.github\/workflows\//))

async function filesOf(wanted: RegExp): Promise<Files> {
  const listed = await run('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { cwd: repo })
  const paths = listed.split('\n').filter((path) => wanted.test(path))
  return new Map(paths.map((path) => [path, readFileSync(join(repo, path), 'utf8')]))
}

const inTree = (command: string, args: readonly string[]) => tryRun(command, args, { cwd: repo })

async function scoreManifests(tools: Tools, manifests: readonly string[]): Promise<Finding[]> {
  const more = ['--enable-optional-test', 'container-seccomp-profile', '--output-format', 'json']
  const ran = await inTree(tools.kubeScore, ['score', ...more, ...manifests])
  if (ran.stdout.trim() === '') throw new Error(`kube-score printed no report: ${ran.stderr.trim()}`)
  return readKubeScore(ran.stdout)
}

async function searchHistory(tools: Tools): Promise<Finding[]> {
  const report = join(folder, 'gitleaks.json')
  const how = ['--no-banner', '--log-level', 'error', '--redact', '--exit-code', '0', '--report-format', 'json']
  await run(tools.gitleaks, ['git', ...how, '--report-path', report, repo])
  return readGitleaks(readFileSync(report, 'utf8'))
}
