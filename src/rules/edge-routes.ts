/** What the operator asks an edge at GET /routes/BOT,BOT..., and what the edge answers: which epoch of each bot's route its proxy runs. */
import * as read from './published-config.ts'

export interface EdgeRoute {
  /** `namespace/name` */
  bot: string
  epoch: number
}

const PREFIX = '/routes/'
/** What listeners of ours read of a request's target (listeners/request-target.ts), and a little less. */
const LONGEST_PATH = 2_000

export const routesPath = (bots: readonly string[]) => `${PREFIX}${bots.join(',')}`

/** Of whom a path asks. Undefined: it asks for something else, or for what can be no bot. */
export function readRoutesPath(path: string): string[] | undefined {
  if (!path.startsWith(PREFIX)) return undefined
  const bots = path.slice(PREFIX.length).split(',')
  return bots.every(read.isKey) ? bots : undefined
}

/** As many questions as it takes to ask for all of them, each bot in one. */
export function routesQuestions(bots: readonly string[]): string[][] {
  const questions: string[][] = []
  let room = 0
  for (const bot of bots) {
    room -= bot.length + 1
    if (room < 0) {
      questions.push([])
      room = LONGEST_PATH - PREFIX.length - bot.length
    }
    questions.at(-1)!.push(bot)
  }
  return questions
}

/** By bot, as far as it was asked for. Undefined when the text is not the answer of an edge. */
export function parseEdgeRoutes(text: string, asked: readonly string[]): Map<string, number> | undefined {
  const told = read.readPublished(text, ({ routes }) => read.listOf(routes, readRoute))
  return told && new Map(told.filter(({ bot }) => asked.includes(bot)).map(({ bot, epoch }) => [bot, epoch]))
}

function readRoute(value: unknown): EdgeRoute {
  const { bot, epoch } = read.membersOf(value)
  return { bot: read.must(read.isKey, bot), epoch: read.must(read.isEpoch, epoch) }
}
