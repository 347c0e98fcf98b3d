/**
 * A person on the telephone: listens until the bot has finished, and answers what it asked, by voice or by keys. Who is asked the
 * same again tries another way, as people do.
 */
import { pause } from '../cluster/shell.ts'
import type { Baresip, Outcome } from './baresip.ts'
import type { TurnLine } from './turns.ts'

/** One way to answer: in words, or by keys. */
export type PersonReply = { words: string; sound: Int16Array } | { keys: string }

export interface Answer {
  /** The question that it answers, as the bot words it. */
  asked: RegExp
  /** What to try first, second, ... The last one is tried again and again. */
  ways: readonly PersonReply[]
}

/** What the person did, in seconds since the call was answered. */
export interface PersonAction {
  at: number
  asked: string
  action: string
}

export interface PersonConversation {
  outcome: Outcome
  actions: PersonAction[]
  seconds: number
}

/** What the bot says must be over for so long: people don't interrupt. */
const POLITE_SECONDS = 0.8
const LOOK_MS = 50

/**
 * Talks until the call is over.
 * @param said what the bot has said in this call until now
 * @param seconds of patience; then the person hangs up
 */
export async function talk(
  caller: Baresip,
  said: () => readonly TurnLine[],
  answers: readonly Answer[],
  seconds: number,
): Promise<PersonConversation> {
  const begun = performance.now()
  const since = () => (performance.now() - begun) / 1000
  const tries = new Map<Answer, number>()
  const actions: PersonAction[] = []
  let outcome: Outcome | undefined
  void caller.outcome.then((is) => (outcome = is))
  let [understood, spokenUntil] = [0, 0]
  while (outcome === undefined) {
    if (since() > seconds) await caller.hangUp()
    await pause(LOOK_MS)
    const { soundEnded = 0, seconds: heardSeconds } = caller.heard()
    const isDone = soundEnded > spokenUntil && heardSeconds - soundEnded > POLITE_SECONDS
    if (!isDone) continue
    const lines = said()
    const asked = lines
      .slice(understood)
      .map((line) => line.said ?? '')
      .join(' ')
    const answer = answers.find((each) => each.asked.test(asked))
    if (answer === undefined) continue
    const turn = tries.get(answer) ?? 0
    tries.set(answer, turn + 1)
    understood = lines.length
    const way = answer.ways[Math.min(turn, answer.ways.length - 1)]!
    actions.push({ at: since(), asked, action: 'keys' in way ? `tapes ${way.keys}` : way.words })
    await act(caller, way)
    spokenUntil = caller.heard().seconds
  }
  return { outcome, actions, seconds: since() }
}

const act = (caller: Baresip, way: PersonReply) => ('keys' in way ? caller.press(way.keys) : caller.say(way.sound))
