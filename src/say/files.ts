/** The bots of files of manifests, checked as at `kubectl apply`, for the verbs that play them. */
import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { LineCounter, parseDocument } from 'yaml'
import type { Callbot } from '../api/callbot.ts'
import { type Manifests, readManifests } from '../api/manifests.ts'
import type { Problem } from '../api/parse.ts'
import { locatedAt, type Place, placeOf, placeWithin } from '../api/places.ts'
import { checkFlow } from '../rules/flow/check.ts'
import { dialogOf, factsFor } from '../rules/flow/from-manifests.ts'
import type { Flow } from '../rules/flow/flow.ts'

export interface FilesOptions {
  /** Paths; "-" for standard input, which then leaves none to talk by. */
  readonly file: readonly string[]
  /** Name of the one that is meant. */
  readonly bot?: string
  /** When the conversation takes place, RFC 3339. */
  readonly at?: string
}

/** What the program ends with. */
export const EXIT = { fine: 0, testFailed: 1, invalid: 2 } as const

export interface DeclaredBots {
  readonly declared: Manifests
  /** The one that is meant; else all. */
  readonly bots: readonly Callbot[]
  /** Of `at`, epoch milliseconds; undefined: the present. */
  readonly at: number | undefined
}

/** @returns the bots; or what the API server would refuse, and what is wrong with the options */
export async function readBots(options: FilesOptions): Promise<DeclaredBots | { problems: readonly Problem[] }> {
  const { file, bot, at } = options
  const refuse = (path: string, message: string) => ({ problems: [{ path, message }] })
  const time = at === undefined ? undefined : Date.parse(at)
  if (Number.isNaN(time)) return refuse(`--at ${at}`, 'write it as 2026-11-24T12:00:00Z')
  const declared = readManifests(await Promise.all(file.map(readSource)))
  if (declared.problems.length > 0) return { problems: declared.problems }
  const bots = declared.bots.filter(({ metadata }) => bot === undefined || metadata.name === bot)
  if (bots.length === 0) return refuse('--bot', `name one bot of the files, which hold: ${namesOf(declared.bots)}`)
  return { declared, bots, at: time }
}

export const namesOf = (bots: readonly Callbot[]): string =>
  bots.length === 0 ? 'none' : bots.map(({ metadata }) => metadata.name).join(', ')

async function readSource(file: string): Promise<{ name: string; text: string }> {
  return { name: file, text: file === '-' ? await text(process.stdin) : await readFile(file, 'utf8') }
}

export interface CheckedBot {
  /** Undefined: it has errors. */
  readonly flow: Flow | undefined
  /** Where the flow stands, as in problems: spec.dialog.inline. */
  readonly flowPath: string
  /** With their places. */
  readonly errors: readonly Problem[]
  readonly warnings: readonly Problem[]
  /** Where a field of the bot or of its dialog stands. @param path as problems have it */
  placeOf(path: string): Place
}

/** The conversation flow of a bot, checked as at `kubectl apply`. */
export function checkBot(bot: Callbot, declared: Manifests): CheckedBot {
  const place = placesOf(bot, declared)
  const located = (problem: Problem) => locatedAt(place(problem.path), problem)
  const dialog = dialogOf(bot, declared)
  if ('problems' in dialog)
    return { flow: undefined, flowPath: '', errors: dialog.problems.map(located), warnings: [], placeOf: place }
  const { errors, warnings } = checkFlow(dialog.flow, factsFor(bot, declared, dialog.path))
  return {
    flow: errors.length > 0 ? undefined : dialog.flow,
    flowPath: dialog.path,
    errors: errors.map(located),
    warnings: warnings.map(located),
    placeOf: place,
  }
}

function placesOf(bot: Callbot, { configMaps, sourceOf }: Manifests): (path: string) => Place {
  const { name, key } = bot.spec.dialog.configMapRef ?? {}
  const isIt = ({ metadata }: Manifests['configMaps'][number]) =>
    metadata.name === name && metadata.namespace === bot.metadata.namespace
  const holder = configMaps.find(isIt)
  const flow = key === undefined ? undefined : holder?.data?.[key]
  return (path) => {
    if (path.startsWith('spec')) return placeOf(sourceOf(bot), path)
    if (holder === undefined || key === undefined || flow === undefined)
      return placeOf(sourceOf(bot), 'spec.dialog.configMapRef.name')
    const lines = new LineCounter()
    const inner = { file: '', text: flow, lines, document: parseDocument(flow, { lineCounter: lines }) }
    const { line, column } = placeOf(inner, path.slice(`ConfigMap ${name}, ${key}`.length))
    return placeWithin(sourceOf(holder), ['data', key], line, column)
  }
}
