/** The calls of `make demo`: two people talk with the sample bot through the edge, and the transcript scrolls by. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  botPods,
  converse,
  hungUpByBot,
  kubectlCommand,
  sentencesRendered,
  type Conversation,
} from './calls/conversation.ts'
import { readyEdges } from './calls/edges.ts'
import type { Answer } from './calls/person.ts'
import { humanCaller, SAMPLE_NUMBER, synthesisedCaller } from './calls/sample-callers.ts'
import { synthesisedVoice } from './calls/synthesised.ts'
import { followTurns, renderTurn, type Pod, type TurnLine } from './calls/turns.ts'
import { say, step } from './cluster/progress.ts'
import { pause } from './cluster/shell.ts'

/** Whoever was not understood to the end calls again, once: an overloaded machine must not end the demo. */
const TRIES = 2
/** Into the first conversation. */
const LOOK_MS = 25_000
/** A cold speech server on two busy processors. */
const RENDER_SECONDS = 240
/** The last step before the dialog hangs up. */
const GOAL = 'demande'

/**
 * @param bot whose pods are listened to
 * @param onTalking called in the middle of the first conversation
 * @throws when a call doesn't end as the dialog says
 */
export async function placeCalls(bot: Pod, onTalking: () => Promise<void>): Promise<Conversation[]> {
  const pods = await botPods(bot)
  await step('the sentences of the bot are rendered', () => sentencesRendered(pods, RENDER_SECONDS))
  const transcript = await followTurns(kubectlCommand(), pods, show)
  const folder = mkdtempSync(join(tmpdir(), 'callbot-demo-'))
  try {
    const edges = await readyEdges()
    const voice = synthesisedVoice(kubectlCommand(), pods[0]!)
    const people: [string, () => Promise<Answer[]>][] = [
      ['a human voice, in recordings', humanCaller],
      ['a synthesised voice', () => synthesisedCaller(voice)],
    ]
    const conversations: Conversation[] = []
    for (const [name, prepare] of people) {
      const answers = await prepare()
      for (let turn = 1; ; turn++) {
        say(`${name} calls ${SAMPLE_NUMBER}`)
        const place = { folder: join(folder, String(conversations.length)), edges, transcript }
        const looks = conversations.length === 0 ? pause(LOOK_MS).then(onTalking) : undefined
        const conversation = await converse(name, SAMPLE_NUMBER, answers, place)
        await looks
        conversations.push(conversation)
        if (hungUpByBot(conversation) && conversation.turns.some(({ step }) => step === GOAL)) break
        const end = `${conversation.outcome.ended}, ${conversation.turns.at(-1)?.ended ?? 'no turn was reported'}`
        if (turn === TRIES) throw new Error(`the call did not go as the dialog says: ${end}`)
        say(`the call did not go as the dialog says: ${end}`)
      }
    }
    return conversations
  } finally {
    transcript.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

function show(line: TurnLine): void {
  const text = renderTurn(line)
  if (text !== undefined) console.log(text)
}
