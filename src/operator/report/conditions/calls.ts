import { wordingOf } from '../../../api/conditions.ts'
import { wantedConfiguration } from '../../judge/configuration.ts'
import { podsTakingCalls } from '../../judge/pods.ts'
import { judgeVolumes } from '../../judge/volumes.ts'
import type { Outcome } from '../../steps/callbot.ts'
import type { BotFacts, World } from '../../world/callbot.ts'
import { earlier, fine, not, type Finding } from './finding.ts'

const FEW_FAULTS = 'at most two calls, or one in twenty, ended because of a fault of the bot in the last ten minutes'

/** Whether the configuration of the pods is written, and valid. */
export function dialogValid(world: World, bot: BotFacts, outcome: Outcome): Finding {
  const problem = outcome.flowProblem ?? fileProblem(world, bot)
  if (problem !== undefined) {
    const { path, message } = problem
    return not('DialogValid', 'DialogInvalid', wordingOf('DialogInvalid', { path, because: message }))
  }
  const { flowRef } = bot.configuration
  if (flowRef !== undefined && judgeVolumes(world).usersMissing) {
    return not('DialogValid', 'DialogNotFound', wordingOf('DialogNotFound', flowRef))
  }
  const written = outcome.configuration ?? bot.status?.configuration?.name
  if (written !== wantedConfiguration(world, bot)) {
    const values = {
      generation: bot.generation,
      what: 'the conversation flow is not in the configuration of the pods yet',
    }
    return not('DialogValid', 'Progressing', wordingOf('Progressing', values))
  }
  return fine('DialogValid', 'the conversation flow is valid')
}

function fileProblem(world: World, bot: BotFacts) {
  const { flowRef } = bot.configuration
  const problem = world.calls?.flowProblem
  if (flowRef === undefined || problem === undefined) return undefined
  return { path: `${flowRef.key} of ConfigMap ${flowRef.name}, ${problem.path}`, message: problem.message }
}

/**
 * Undefined until a pod has needed a server: a bot that nobody has called yet is no fault. What was found before holds until all
 * pods that take calls have reported: an operator that starts asks them one by one, and a partial count is not a change.
 */
export function speechReady(world: World, bot: BotFacts): Finding | undefined {
  const speech = world.calls?.speech
  const before = earlier(bot, 'SpeechReady')
  const isWhole = (world.calls?.reporting ?? 0) >= podsTakingCalls(world).length
  if (speech === undefined || (before !== undefined && !isWhole)) return before
  if (speech === 'Ready') return fine('SpeechReady', 'the speech servers answer the pods')
  const { what, pods, because } = speech
  const values = {
    what: what === 'asr' ? 'recognition' : 'synthesis',
    pods,
    of: world.calls?.reporting ?? pods,
    because,
  }
  return not('SpeechReady', 'SpeechUnreachable', wordingOf('SpeechUnreachable', values))
}

export function callsAnswered(world: World, bot: BotFacts): Finding | undefined {
  if (world.calls === undefined) return earlier(bot, 'CallsAnswered')
  if (!world.calls.failing) return fine('CallsAnswered', FEW_FAULTS)
  return not('CallsAnswered', 'CallsFailing', wordingOf('CallsFailing', { bot: bot.name }))
}
