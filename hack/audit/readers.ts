/** From what each tool prints to findings. Pure. */
import { z } from 'zod'
import type { Finding } from './findings.ts'

const checkovReport = z.object({
  results: z.object({
    failed_checks: z.array(
      z.object({ check_id: z.string(), check_name: z.string(), resource: z.string(), file_path: z.string() }),
    ),
    parsing_errors: z.array(z.string()),
  }),
})

/** checkov prints one report, or a list of them, or counts alone when it found nothing to look at. */
export function readCheckov(json: string): Finding[] {
  const reports = z.union([checkovReport.transform((one) => [one]), z.array(checkovReport)]).parse(JSON.parse(json))
  return reports.flatMap(({ results }) => [
    ...results.parsing_errors.map((file) => ({
      tool: 'checkov' as const,
      check: 'parsing',
      object: file,
      text: 'can not be read',
    })),
    ...results.failed_checks.map((each) => ({
      tool: 'checkov' as const,
      check: each.check_id,
      object: each.check_id.startsWith('CKV_DOCKER') ? each.file_path.replace(/^\//, '') : each.resource,
      text: each.check_name,
    })),
  ])
}

const kubeScoreReport = z.array(
  z.object({
    object_name: z.string(),
    checks: z.array(
      z.object({
        check: z.object({ id: z.string(), name: z.string() }),
        grade: z.number(),
        skipped: z.boolean(),
        comments: z.array(z.object({ path: z.string(), summary: z.string() })).nullable(),
      }),
    ),
  }),
)
/** Grades are 1 (critical), 5 (warning), 7 (almost all right) and 10. */
const allRight = 10

/** The object is KIND/NAME, with the container where the finding is about one. */
export function readKubeScore(json: string): Finding[] {
  return kubeScoreReport.parse(JSON.parse(json)).flatMap(({ object_name, checks }) => {
    const [kind = ''] = object_name.split('/')
    const object = `${kind}/${object_name.split('/').at(-1)}`
    return checks
      .filter(({ grade, skipped }) => grade < allRight && !skipped)
      .flatMap(({ check, comments }) =>
        (comments?.length ? comments : [{ path: '', summary: check.name }]).map(({ path, summary }) => ({
          tool: 'kube-score' as const,
          check: check.id,
          object: path ? `${object} ${path}` : object,
          text: summary,
        })),
      )
  })
}

const hadolintReport = z.array(z.object({ code: z.string(), file: z.string(), line: z.number(), message: z.string() }))

export const readHadolint = (json: string): Finding[] =>
  hadolintReport.parse(JSON.parse(json)).map(({ code, file, line, message }) => ({
    tool: 'hadolint',
    check: code,
    object: file,
    text: `line ${line}: ${message}`,
  }))

const gitleaksReport = z.array(
  z.object({
    RuleID: z.string(),
    File: z.string(),
    Commit: z.string(),
    StartLine: z.number(),
    Description: z.string(),
  }),
)

/** The object is the file; the commit, which a rebase changes, is in the text. */
export const readGitleaks = (json: string): Finding[] =>
  gitleaksReport.parse(JSON.parse(json)).map(({ RuleID, File, Commit, StartLine, Description }) => ({
    tool: 'gitleaks',
    check: RuleID,
    object: `${File}:${StartLine}`,
    text: `commit ${Commit.slice(0, 12)}: ${Description}`,
  }))
