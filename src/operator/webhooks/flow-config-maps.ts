import type { Callbot } from '../../api/callbot.ts'
import type { ParsedFlow } from '../../api/flow-text.ts'
import { CALLBOTS } from '../../api/kinds.ts'
import type { Problem } from '../../api/parse.ts'
import type { Raw } from '../../kube/raw-object.ts'
import { checkFlow, type Findings } from '../../rules/flow/check.ts'
import type { Flow } from '../../rules/flow/flow.ts'
import { testFindings } from '../../rules/flow/test-results.ts'
import type { ReadFlows } from '../../threads/flow-reader.ts'
import { factsAbout, listed, type Reader } from './referenced-objects.ts'
import type { PlayForReview, Reviewer } from './reviewers.ts'

type Data = Readonly<Record<string, string>>

/** Of one ConfigMap with the label: two dialogs of the longest. Octets. */
const LONGEST_DATA = 256 * 1024
const MOST_DIALOGS = 20
/** Bots that one ConfigMap is held against. */
const MOST_BOTS = 20

/**
 * A ConfigMap with the label that says it holds a dialog, against every Callbot that names it. Nobody has to read
 * ConfigMaps for that: the API server brings this one along.
 */
export const reviewFlowConfigMap =
  (kube: Reader, play: PlayForReview, readFlows: ReadFlows, regions: readonly string[] = []): Reviewer =>
  async ({ object, namespace = '' }) => {
    const { metadata, data = {} } = object as Raw & { data?: Data }
    const tooMuch = tooMuchIn(data)
    if (tooMuch !== undefined) return { errors: [tooMuch], warnings: [] }
    const bots = (await listed(kube, CALLBOTS, namespace)) as unknown as Callbot[]
    const named = bots.filter(({ spec }) => spec.dialog.configMapRef?.name === metadata.name)
    // Nobody names it yet: then it can still be read, whatever will be said about it later.
    const keys = named.length > 0 ? new Set(named.map(keyOf)) : Object.keys(data)
    const flows = await readAll([...keys], data, (texts) => readFlows(texts, namespace))
    const faults = [...flows].flatMap(([key, read]) => problemsOf(key, read))
    const judge = (bot: Callbot) => reviewFor({ kube, play, regions }, namespace, bot, flows.get(keyOf(bot)))
    const all = await Promise.all(named.slice(0, MOST_BOTS).map(judge))
    const beyond = named.length - all.length
    return {
      errors: [...faults, ...all.flatMap(({ errors }) => errors)],
      warnings: [...all.flatMap(({ warnings }) => warnings), ...(beyond > 0 ? [notHeldAgainst(beyond)] : [])],
    }
  }

const keyOf = ({ spec }: Callbot) => spec.dialog.configMapRef!.key
const pathOf = (key: string) => `data[${key}]`

/** What is too much to be read at all, by counting alone. */
function tooMuchIn(data: Data): Problem | undefined {
  const count = Object.keys(data).length
  if (count > MOST_DIALOGS) {
    return {
      path: 'data',
      message: `${count} keys are more than the ${MOST_DIALOGS} conversation flows that one ConfigMap may have: use several ConfigMaps`,
    }
  }
  const size = Object.values(data).reduce((sum, text) => sum + Buffer.byteLength(text), 0)
  if (size <= LONGEST_DATA) return undefined
  const message = `the conversation flows have ${size} octets, and the maximum of one ConfigMap is ${LONGEST_DATA}: use several ConfigMaps`
  return { path: 'data', message }
}

const notHeldAgainst = (count: number): Problem => ({
  path: 'data',
  message: `${count} more Callbots name this ConfigMap than are checked here: their pods check it`,
})

/** Each key once, however many bots name it; undefined where there is no such key. */
async function readAll(
  keys: readonly string[],
  data: Data,
  read: ReadFlows,
): Promise<ReadonlyMap<string, ParsedFlow | undefined>> {
  const there = keys.filter((key) => Object.hasOwn(data, key))
  const answers = await read(there.map((key) => data[key]!))
  return new Map(keys.map((key) => [key, there.includes(key) ? answers[there.indexOf(key)] : undefined]))
}

function problemsOf(key: string, read: ParsedFlow | undefined): Problem[] {
  if (read === undefined) {
    return [
      {
        path: pathOf(key),
        message: 'a Callbot names this key: put its conversation flow there, or correct configMapRef.key',
      },
    ]
  }
  if ('flow' in read) return []
  return read.problems.map(({ path, message }) => ({
    path: path === '' ? pathOf(key) : `${pathOf(key)}.${path}`,
    message,
  }))
}

async function reviewFor(
  { kube, play, regions }: { kube: Reader; play: PlayForReview; regions: readonly string[] },
  namespace: string,
  bot: Callbot,
  read: ParsedFlow | undefined,
): Promise<Findings> {
  if (read === undefined || !('flow' in read)) return { errors: [], warnings: [] }
  const { facts } = await factsAbout(kube, namespace, bot.spec, regions)
  const { errors, warnings } = checkFlow(read.flow, { ...facts, path: pathOf(keyOf(bot)) })
  const tests = errors.length > 0 ? [] : await playFor(play, read.flow, bot)
  return { errors, warnings: [...warnings, ...tests] }
}

/**
 * Warnings and no refusal: dialog and tests are two objects here, and one of them must be changed first. Pods that take calls
 * play the new dialog before they use it.
 */
async function playFor(play: PlayForReview, flow: Flow, { metadata, spec }: Callbot) {
  const { errors, warnings } = testFindings(await play(flow, spec, metadata.namespace ?? ''))
  return [...errors, ...warnings].map(({ path, message }) => ({ path: `Callbot ${metadata.name}: ${path}`, message }))
}
