import type { Callbot } from '../../api/callbot.ts'
import type { Integration } from '../../api/integration.ts'
import { CALLBOTS, INTEGRATIONS, RETENTION_POLICIES } from '../../api/kinds.ts'
import type { Problem } from '../../api/parse.ts'
import type { RetentionPolicy } from '../../api/retention-policy.ts'
import type { Kube } from '../../kube/client.ts'
import type { Raw } from '../../kube/raw.ts'
import type { Resource } from '../../kube/resources.ts'
import { checkDialog, type DialogFacts, type Findings } from '../../rules/dialog/check.ts'
import type { AdmissionRequest } from './review.ts'

/** Judges one object that somebody is about to write. Changes nothing, so it answers a dry run alike. */
export type Reviewer = (request: AdmissionRequest) => Promise<Findings>

/** What the reviewers read from the API server: the right to list is enough. */
export type Reader = Pick<Kube, 'list'>

/** A Callbot, with the dialog in it, against the other objects of its namespace. */
export const reviewCallbot =
  (kube: Reader): Reviewer =>
  async ({ object, namespace = '' }) => {
    const { spec } = object as Callbot
    const found = await factsAbout(kube, namespace, spec)
    const flow = spec.dialog.inline
    const dialog = flow === undefined ? NOTHING : checkDialog(flow, { ...found.facts, path: 'spec.dialog.inline' })
    return { errors: dialog.errors, warnings: [...dialog.warnings, ...found.missing] }
  }

/**
 * A ConfigMap with the label that says it holds a dialog, against every Callbot that names it. Nobody has to read
 * ConfigMaps for that: the API server brings this one along.
 */
export const reviewDialogMap =
  (kube: Reader): Reviewer =>
  async ({ object, namespace = '' }) => {
    const { metadata, data = {} } = object as Raw & { data?: Record<string, string> }
    const bots = (await listed(kube, CALLBOTS, namespace)) as unknown as Callbot[]
    const named = bots.filter(({ spec }) => spec.dialog.configMapRef?.name === metadata.name)
    const all = await Promise.all(named.map((bot) => reviewFor(kube, namespace, bot, data)))
    // Nobody names it yet: then it can still be read, whatever will be said about it later.
    const alone = named.length > 0 ? [] : await Promise.all(Object.keys(data).map((key) => readDialog(data, key)))
    return {
      errors: [...all, ...alone.map(onlyErrors)].flatMap(({ errors }) => errors),
      warnings: all.flatMap(({ warnings }) => warnings),
    }
  }

const NOTHING: Findings = { errors: [], warnings: [] }
type Read = Awaited<ReturnType<typeof readDialog>>
const onlyErrors = (read: Read): Findings => ('errors' in read ? read : NOTHING)

async function reviewFor(
  kube: Reader,
  namespace: string,
  bot: Callbot,
  data: Readonly<Record<string, string>>,
): Promise<Findings> {
  const read = await readDialog(data, bot.spec.dialog.configMapRef!.key)
  if ('errors' in read) return read
  const { facts } = await factsAbout(kube, namespace, bot.spec)
  return checkDialog(read.flow, { ...facts, path: read.path })
}

/** The parser of YAML and the schemas come only when a ConfigMap is reviewed: they'd be a tenth of the operator's memory. */
async function readDialog(data: Readonly<Record<string, string>>, key: string) {
  const path = `data[${key}]`
  const fault = (message: string, below = ''): Findings => ({
    errors: [{ path: below === '' ? path : `${path}.${below}`, message }],
    warnings: [],
  })
  const text = data[key]
  if (text === undefined) return fault('a Callbot names this key: put its dialog there, or correct configMapRef.key')
  const [{ parseDocument }, { parseFlow }] = await Promise.all([import('yaml'), import('../../api/parse.ts')])
  const document = parseDocument(text)
  if (document.errors.length > 0) return fault(`it is not YAML: ${document.errors[0]!.message}`)
  const parsed = parseFlow(document.toJS())
  if ('value' in parsed) return { flow: parsed.value, path }
  const errors = parsed.problems.map((problem) => ({ ...problem, path: `${path}.${problem.path}` }))
  return { errors, warnings: [] }
}

/** The objects that a bot names, as they are now; what isn't there is worth a warning, since it may come later. */
async function factsAbout(
  kube: Reader,
  namespace: string,
  spec: Callbot['spec'],
): Promise<{ facts: Omit<DialogFacts, 'path'>; missing: Problem[] }> {
  const names = spec.integrationRefs.map(({ name }) => name)
  const policyName = spec.retentionPolicyRef?.name
  const [policy, ...integrations] = await Promise.all([
    policyName === undefined ? undefined : one<RetentionPolicy>(kube, RETENTION_POLICIES, namespace, policyName),
    ...names.map((name) => one<Integration>(kube, INTEGRATIONS, namespace, name)),
  ])
  const missing = names.flatMap((name, index) =>
    integrations[index] === undefined
      ? [{ path: `spec.integrationRefs[${index}].name`, message: `there is no Integration ${name} yet: create it` }]
      : [],
  )
  if (policyName !== undefined && policy === undefined) {
    const message = `there is no RetentionPolicy ${policyName} yet: create it. Nothing is kept until then`
    missing.push({ path: 'spec.retentionPolicyRef.name', message })
  }
  return {
    facts: {
      bot: spec,
      integrations: new Map(names.map((name, index) => [name, integrations[index]?.spec])),
      policy: policyName === undefined ? undefined : (policy?.spec ?? 'unknown'),
    },
    missing,
  }
}

async function one<T>(kube: Reader, resource: Resource, namespace: string, name: string): Promise<T | undefined> {
  const found = await listed(kube, resource, namespace, `metadata.name=${name}`)
  return found[0] as T | undefined
}

async function listed(kube: Reader, resource: Resource, namespace: string, fieldSelector?: string): Promise<Raw[]> {
  const found: Raw[] = []
  for await (const raw of kube.list(resource, { namespace, fieldSelector })) found.push(raw)
  return found
}
