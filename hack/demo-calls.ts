/** The calls of `make demo`: two people talk with the sample bot through the edge, and the transcript scrolls by. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { answered, startBaresip, type Baresip } from './calls/baresip.ts'
import { edgeNames, edgeUri, readyEdges, type Edge } from './calls/edges.ts'
import { talk, type Answer, type Talk } from './calls/person.ts'
import { humanCaller, SAMPLE_NUMBER, synthesisedCaller } from './calls/sample-callers.ts'
import { synthesisedVoice } from './calls/synthesised.ts'
import { followTurns, renderTurn, type Pod, type Transcript, type TurnLine } from './calls/turns.ts'
import { kubectl } from './chart.ts'
import { binary, kubernetes } from './cluster/binaries.ts'
import { kubeconfigPath } from './cluster/faults.ts'
import { say } from './cluster/progress.ts'
import { host } from './cluster/settings.ts'
import { pause, until } from './cluster/shell.ts'

export interface Conversation {
  caller: string
  /** How baresip says that it ended. */
  outcome: Talk['outcome']
  /** SRTP suite of the media. */
  suite: string | undefined
  /** From dialling to the answer. */
  answerSeconds: number
  seconds: number
  /** Seconds in which the caller heard something. */
  soundSeconds: number
  turns: TurnLine[]
  deeds: Talk['deeds']
}

const LONGEST_SECONDS = 240
const ANSWER_SECONDS = 15
/** Into the first conversation. */
const LOOK_MS = 25_000

/** Whoever was not understood to the end calls again, once: an overloaded machine must not end the demo. */
const TRIES = 2

/**
 * @param bot whose pods are listened to
 * @param onTalking called in the middle of the first conversation
 * @throws when a call doesn't end as the dialog says
 */
export async function placeCalls(bot: Pod, onTalking: () => Promise<void>): Promise<Conversation[]> {
  const command = [binary(kubernetes, 'kubectl'), '--kubeconfig', kubeconfigPath()]
  const pods = await podsOf(bot)
  const transcript = await followTurns(command, pods, (line) => {
    const text = renderTurn(line)
    if (text !== undefined) console.log(text)
  })
  const folder = mkdtempSync(join(tmpdir(), 'callbot-demo-'))
  try {
    const edges = await readyEdges()
    const voice = synthesisedVoice(command, pods[0]!)
    const people: [string, () => Promise<Answer[]>][] = [
      ['a human voice, in recordings', humanCaller],
      ['a synthesised voice', () => synthesisedCaller(voice)],
    ]
    const conversations: Conversation[] = []
    for (const [name, prepare] of people) {
      const answers = await prepare()
      for (let turn = 1; ; turn++) {
        const place = { folder: join(folder, String(conversations.length)), edges, transcript }
        const looks = conversations.length === 0 ? pause(LOOK_MS).then(onTalking) : undefined
        const conversation = await call(name, answers, place)
        await looks
        conversations.push(conversation)
        if (isAsTheDialogSays(conversation)) break
        if (turn === TRIES) throw new Error(`the call did not go as the dialog says: ${endOf(conversation)}`)
        say(`the call did not go as the dialog says (${endOf(conversation)}): ${name} calls again`)
      }
    }
    return conversations
  } finally {
    transcript.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The bot hung up by itself, at one of the ends of the dialog that the caller was heading for. */
const isAsTheDialogSays = ({ outcome, turns }: Conversation) =>
  outcome.ended === 'ByBot' && turns.at(-1)?.ended === 'hung-up' && turns.some(({ step }) => step === 'demande')

const endOf = ({ outcome, turns }: Conversation) => `${outcome.ended}, ${turns.at(-1)?.ended ?? 'nothing was told'}`

async function call(
  name: string,
  answers: Answer[],
  place: { folder: string; edges: Edge[]; transcript: Transcript },
): Promise<Conversation> {
  const { folder, edges, transcript } = place
  const caller = await startBaresip({
    ...{ folder, transport: 'tls', srtp: 'Mandatory', codec: 'PCMA', user: '+33612345678' },
    ...{ names: edgeNames(edges), networkInterface: host.link },
  })
  try {
    say(`${name} calls ${SAMPLE_NUMBER}`)
    const before = transcript.lines.length
    const dialled = performance.now()
    await caller.dial(edgeUri(SAMPLE_NUMBER))
    await answered(caller, ANSWER_SECONDS)
    const answerSeconds = Math.round(performance.now() - dialled) / 1000
    // Only this call is under way: the first new name in the transcript is its own.
    const turns = () => {
      const mine = transcript.lines.slice(before)
      return mine.filter((line) => line.call === mine[0]?.call)
    }
    const said = () => turns().filter((line) => line.said !== undefined)
    const spoken = await talk(caller, said, answers, LONGEST_SECONDS)
    await until('the transcript to tell the end', 5, () => turns().some(({ ended }) => ended !== undefined)).catch(
      () => 0,
    )
    return conversationOf(name, caller, spoken, turns(), answerSeconds)
  } finally {
    await caller.stop()
  }
}

const conversationOf = (
  name: string,
  caller: Baresip,
  { outcome, deeds, seconds }: Talk,
  turns: TurnLine[],
  answerSeconds: number,
): Conversation => ({
  ...{ caller: name, outcome, suite: caller.suite(), answerSeconds, seconds, turns, deeds },
  soundSeconds: caller.heard().soundSeconds,
})

async function podsOf({ namespace, name }: Pod): Promise<Pod[]> {
  const ask = [
    'get',
    'pods',
    '-n',
    namespace,
    '-l',
    `callbots.dev/callbot=${name}`,
    '-o',
    'jsonpath={.items[*].metadata.name}',
  ]
  const names = await kubectl(['--kubeconfig', kubeconfigPath(), ...ask])
  return names.split(' ').map((pod) => ({ namespace, name: pod }))
}
