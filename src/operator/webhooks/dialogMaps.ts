import type { Callbot } from '../../api/callbot.ts'
import { CALLBOTS } from '../../api/kinds.ts'
import type { Raw } from '../../kube/raw.ts'
import { checkDialog, type Findings } from '../../rules/dialog/check.ts'
import type { Flow } from '../../rules/dialog/flow.ts'
import { testFindings } from '../../rules/dialog/tests.ts'
import { factsAbout, listed, type Reader } from './facts.ts'
import type { PlayForReview, Reviewer } from './reviewers.ts'

type Data = Readonly<Record<string, string>>

/**
 * A ConfigMap with the label that says it holds a dialog, against every Callbot that names it. Nobody has to read
 * ConfigMaps for that: the API server brings this one along.
 */
export const reviewDialogMap =
  (kube: Reader, play: PlayForReview): Reviewer =>
  async ({ object, namespace = '' }) => {
    const { metadata, data = {} } = object as Raw & { data?: Data }
    const bots = (await listed(kube, CALLBOTS, namespace)) as unknown as Callbot[]
    const named = bots.filter(({ spec }) => spec.dialog.configMapRef?.name === metadata.name)
    const all = await Promise.all(named.map((bot) => reviewFor({ kube, play }, namespace, bot, data)))
    // Nobody names it yet: then it can still be read, whatever will be said about it later.
    const alone = named.length > 0 ? [] : await Promise.all(Object.keys(data).map((key) => readDialog(data, key)))
    const faults = alone.flatMap((read) => ('errors' in read ? read.errors : []))
    return {
      errors: [...all.flatMap(({ errors }) => errors), ...faults],
      warnings: all.flatMap(({ warnings }) => warnings),
    }
  }

async function reviewFor(
  { kube, play }: { kube: Reader; play: PlayForReview },
  namespace: string,
  bot: Callbot,
  data: Data,
): Promise<Findings> {
  const read = await readDialog(data, bot.spec.dialog.configMapRef!.key)
  if ('errors' in read) return read
  const { facts } = await factsAbout(kube, namespace, bot.spec)
  const { errors, warnings } = checkDialog(read.flow, { ...facts, path: read.path })
  const tests = errors.length > 0 ? [] : await playFor(play, read.flow, bot)
  return { errors, warnings: [...warnings, ...tests] }
}

/**
 * Warnings and no refusal: dialog and tests are two objects here, and one of them must be changed first. Pods that take calls
 * play the new dialog before they use it.
 */
async function playFor(play: PlayForReview, flow: Flow, { metadata, spec }: Callbot) {
  const { errors, warnings } = testFindings(await play(flow, spec))
  return [...errors, ...warnings].map(({ path, message }) => ({ path: `Callbot ${metadata.name}: ${path}`, message }))
}

/** The parser of YAML and the schemas come only when a ConfigMap is reviewed: they'd be a tenth of the operator's memory. */
async function readDialog(data: Data, key: string) {
  const path = `data[${key}]`
  const fault = (message: string): Findings => ({ errors: [{ path, message }], warnings: [] })
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
