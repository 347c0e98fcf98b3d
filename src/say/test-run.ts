/** Plays the tests of one bot, and looks at which of its ways they hold. */
import type { Callbot } from '../api/callbot.ts'
import type { Manifests } from '../api/manifests.ts'
import type { Problem } from '../api/parse.ts'
import type { Place } from '../api/places.ts'
import { prepareFlow } from '../conversation/engine.ts'
import { type Played, runConversation } from '../conversation/test-player.ts'
import type { Conversation } from '../rules/flow/flow.ts'
import { coverageOf } from './coverage.ts'
import { checkBot } from './files.ts'

export interface PlayedTest {
  readonly test: Conversation
  /** Undefined: there was no time. */
  readonly played: Played | undefined
  /** Of the first thing that differs; else of the test. */
  readonly place: Place
}

export interface FoundWay {
  /** For people. */
  readonly way: string
  readonly place: Place
}

export interface BotRun {
  /** Namespace and name. */
  readonly bot: string
  readonly errors: readonly Problem[]
  readonly warnings: readonly Problem[]
  readonly tests: readonly PlayedTest[]
  readonly ways: { readonly tested: number; readonly untested: readonly FoundWay[]; readonly unplayed: number }
}

/** Of what can not be played. */
export const NO_WAYS: BotRun['ways'] = { tested: 0, untested: [], unplayed: 0 }

/** @param isLate asked before each conversation */
export function playBot(bot: Callbot, declared: Manifests, now: number, isLate: () => boolean): BotRun {
  const { metadata, spec } = bot
  const { flow, flowPath, errors, warnings, placeOf } = checkBot(bot, declared)
  const found = { bot: `${metadata.namespace ?? 'default'}/${metadata.name}`, errors, warnings }
  if (flow === undefined) return { ...found, tests: [], ways: NO_WAYS }
  const script = prepareFlow(flow, spec)
  const tests = spec.tests.map((test, index) => {
    const played = isLate() ? undefined : runConversation(script, test, now)
    const field = played?.faults[0]?.field
    const path = `spec.tests[${index}]`
    return { test, played, place: placeOf(field === undefined ? `${path}.name` : `${path}.${field}`) }
  })
  const passing = tests.filter(({ played }) => played?.faults.length === 0).map(({ test }) => test)
  const { tested, untested, unplayed } = coverageOf(flow, spec, passing, now, isLate)
  const shown = untested.map(({ from, field, to }) => {
    const index = flow.steps.findIndex(({ name }) => name === from)
    return { way: `${from}.${field} -> ${to}`, place: placeOf(`${flowPath}.steps[${index}].${field}`) }
  })
  return { ...found, tests, ways: { tested: tested.length, untested: shown, unplayed: unplayed.length } }
}

/** What is wrong with a run, and so with its exit code. */
export const failedIn = ({ tests }: BotRun) => tests.filter(({ played }) => played?.faults.length !== 0)
