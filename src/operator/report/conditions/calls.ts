import { type ConditionType, type Reason, wordingOf } from '../../../api/conditions.ts'
import { VOLUME_PATIENCE_SECONDS } from '../../plan/callbot.ts'
import { wantedConfiguration } from '../../plan/bot-configuration.ts'
import type { Outcome } from '../../plan-steps.ts'
import type { BotFacts, World } from '../../world.ts'
import { fine, not, type Judgement } from './callbot.ts'

/** What the pods are told: written, and valid. */
export function judgeFlow(world: World, bot: BotFacts, outcome: Outcome): Judgement {
  const problem = outcome.flowProblem ?? fileProblem(world, bot)
  if (problem !== undefined) {
    const { path, message } = problem
    return not('DialogValid', 'DialogInvalid', wordingOf('DialogInvalid', { path, because: message }))
  }
  const { flowRef } = bot.configuration
  if (flowRef !== undefined && isStillMissing(world)) {
    return not('DialogValid', 'DialogNotFound', wordingOf('DialogNotFound', flowRef))
  }
  const written = outcome.configuration ?? bot.status?.configuration?.name
  if (written !== wantedConfiguration(world, bot)) {
    const values = { generation: bot.generation, what: 'the dialog is on its way to the pods' }
    return not('DialogValid', 'Progressing', wordingOf('Progressing', values))
  }
  return fine('DialogValid')
}

function fileProblem(world: World, bot: BotFacts) {
  const { flowRef } = bot.configuration
  const problem = world.calls?.flowProblem
  if (flowRef === undefined || problem === undefined) return undefined
  return { path: `${flowRef.key} of ConfigMap ${flowRef.name}, ${problem.path}`, message: problem.message }
}

/** Our own Secret and ConfigMap were made anew, and a pod waits for its volumes all the same: it is the user's. */
function isStillMissing(world: World): boolean {
  const limit = world.now - 2 * VOLUME_PATIENCE_SECONDS * 1000
  return world.pods.some(({ waitingForVolumesSince: since = Infinity }) => since < limit)
}

/**
 * Undefined until a pod has needed a server: a bot that nobody has called yet is no fault. What was found before holds until all
 * pods that take calls have told: an operator that starts hears them one by one, and its count of them is no news.
 */
export function judgeSpeech(world: World, bot: BotFacts): Judgement | undefined {
  const speech = world.calls?.speech
  const before = earlier(bot, 'SpeechReady')
  const isWhole =
    (world.calls?.reporting ?? 0) >= world.pods.filter(({ ready, terminating }) => ready && !terminating).length
  if (speech === undefined || (before !== undefined && !isWhole)) return before
  if (speech === 'Ready') return fine('SpeechReady')
  const { what, pods, because } = speech
  const values = {
    what: what === 'asr' ? 'recognition' : 'synthesis',
    pods,
    of: world.calls?.reporting ?? pods,
    because,
  }
  return not('SpeechReady', 'SpeechUnreachable', wordingOf('SpeechUnreachable', values))
}

export function judgeCalls(world: World, bot: BotFacts): Judgement | undefined {
  if (world.calls === undefined) return earlier(bot, 'CallsAnswered')
  if (!world.calls.failing) return fine('CallsAnswered')
  return not('CallsAnswered', 'CallsFailing', wordingOf('CallsFailing', { bot: bot.name }))
}

/** What was found before holds until somebody knows better: an operator that has just started does not. */
export function earlier(bot: BotFacts, type: ConditionType): Judgement | undefined {
  const found = bot.status?.conditions?.find((condition) => condition.type === type)
  if (found === undefined) return undefined
  return { type, status: found.status, reason: found.reason as Reason, message: found.message }
}
