/**
 * Whether the workflows of a public repository let a stranger's code reach more than the runner that plays it. Pure.
 * Of GitHub's own advice: https://docs.github.com/en/actions/reference/security/secure-use
 */
import { parse } from 'yaml'
import type { Finding } from './findings.ts'
import type { Files } from './pins.ts'

interface Step {
  uses?: string
  run?: string
  with?: Record<string, unknown>
}

interface Job {
  'runs-on'?: unknown
  permissions?: unknown
  environment?: unknown
  strategy?: { matrix?: { include?: Record<string, unknown>[] } }
  steps?: Step[]
}

interface Workflow {
  on?: unknown
  permissions?: unknown
  jobs: Record<string, Job>
}

type Said = [check: string, text: string]

/** Looks at what is in .github/workflows. */
export const checkWorkflows = (files: Files): Finding[] =>
  [...files]
    .filter(([path]) => /^[.]github\/workflows\/.*[.]ya?ml$/.test(path))
    .flatMap(([path, text]) =>
      [...actions(text), ...ofWorkflow(parse(text) as Workflow, text)].map(([check, said]): Finding => ({
        tool: 'workflows',
        check,
        object: path,
        text: said,
      })),
    )

/** A tag can be moved; the comment tells people which version the commit is. */
function actions(text: string): Said[] {
  const used = [...text.matchAll(/^[^#\n]*\buses["']?\s*:(.*)$/gm)].map(([, said]) => said!.trim())
  return used
    .filter((said) => !/^[.]\/|^[\w.-]+(\/[\w.-]+)+@[0-9a-f]{40} # v\d+([.]\d+){2}$/.test(said))
    .map((said) => ['action', `${said}: pin it by the full SHA of its commit, with the version in a comment: # v1.2.3`])
}

/** Started by people and by the code of the main branch and its tags. */
const TRUSTED = ['push', 'schedule', 'workflow_dispatch']

function ofWorkflow(workflow: Workflow, text: string): Said[] {
  const triggers = namesOf(workflow.on)
  const isForStrangers = triggers.includes('pull_request')
  const unknown = triggers.filter((each) => !TRUSTED.includes(each) && each !== 'pull_request')
  return [
    ...unknown.map((each): Said => ['trigger', `${each} gives what a stranger wrote the rights of this repository`]),
    ...(workflow.permissions === undefined
      ? [['permissions', 'none are declared: begin with contents: read'] as Said]
      : []),
    ...(isForStrangers && /secrets\s*[.[]/.test(text)
      ? [['secrets', 'a pull request can read the secret: use it in another workflow'] as Said]
      : []),
    ...Object.entries(workflow.jobs).flatMap(([name, job]) =>
      ofJob(job, { isForStrangers, permissions: job.permissions ?? workflow.permissions }).map(
        ([check, said]): Said => [check, `job ${name}: ${said}`],
      ),
    ),
  ]
}

function ofJob(job: Job, o: { isForStrangers: boolean; permissions: unknown }): Said[] {
  const mayWrite = writes(o.permissions)
  const mayPush = mayWrite && (membersOf(o.permissions) as { contents?: unknown }).contents === 'write'
  const isHosted = runnersOf(job).every((each) => /^(ubuntu|windows|macos)-[\w.-]+$/.test(each))
  const steps = job.steps ?? []
  const said: [isWrong: boolean, check: string, text: string][] = [
    [
      o.isForStrangers && !isHosted,
      'runner',
      "a pull request's code runs on a machine of ours: use a runner of GitHub's",
    ],
    [o.isForStrangers && mayWrite, 'permissions', "a pull request's code has a token that may write"],
    [!isHosted && mayWrite, 'permissions', 'a machine of ours, which keeps what ran on it, has a token that may write'],
    [
      !isHosted && job.environment === undefined,
      'environment',
      'a machine of ours has no environment that limits branches',
    ],
    [
      mayWrite && job.environment === undefined,
      'environment',
      'a token that may write has no environment that limits branches',
    ],
    [
      !mayPush && steps.some(keepsToken),
      'credentials',
      'a checkout leaves the token behind: persist-credentials: false',
    ],
    [steps.some(({ run = '' }) => INPUT.test(run)), 'injection', 'an input is text of a script: hand it over in env'],
  ]
  return said.flatMap(([isWrong, check, text]): Said[] => (isWrong ? [[check, text]] : []))
}

/** What somebody else may have written, in place of which GitHub puts its text. */
const INPUT = /\$\{\{[^}]*\b(inputs|github[.](event|head_ref|ref_name|ref)|steps|needs)\b/

const keepsToken = ({ uses = '', with: settings }: Step) =>
  uses.startsWith('actions/checkout@') && settings?.['persist-credentials'] !== false

const writes = (permissions: unknown): boolean =>
  permissions === 'write-all' || Object.values(membersOf(permissions)).some((each) => each === 'write')

/** Labels, or what a matrix has in their place; what can't be read is no runner of GitHub's. */
function runnersOf({ 'runs-on': said, strategy }: Job): string[] {
  const [, name] = /^\$\{\{ *matrix[.](\w+) *\}\}$/.exec(String(said)) ?? []
  if (name === undefined) return Array.isArray(said) ? said.map(String) : [String(said)]
  const rows = strategy?.matrix?.include ?? []
  return rows.length === 0 ? [String(said)] : rows.map((row) => String(row[name]))
}

const namesOf = (on: unknown): string[] =>
  typeof on === 'string' ? [on] : Array.isArray(on) ? on.map(String) : Object.keys(membersOf(on))

const membersOf = (value: unknown): object => (typeof value === 'object' && value !== null ? value : {})
