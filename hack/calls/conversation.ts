/** One call to a bot of the local cluster, through the edge, by a person who answers what the bot asks. */
import { join } from 'node:path'
import { kubectl } from '../chart.ts'
import { binary, kubernetes } from '../cluster/binaries.ts'
import { kubeconfigPath } from '../cluster/faults.ts'
import { host } from '../cluster/settings.ts'
import { until } from '../cluster/shell.ts'
import { answered, startBaresip, type Baresip, type CallerOptions } from './baresip.ts'
import { captureVoice, stopComplete } from './capture.ts'
import { edgeNames, edgeUri, type Edge } from './edges.ts'
import { packetsIn } from './pcap.ts'
import { isRtp } from './rtp-judge.ts'
import { judgeVoice, type Voice } from './voice-judge.ts'
import { talk, type Answer, type PersonConversation } from './person.ts'
import type { Pod, Transcript, TurnLine } from './turns.ts'

export interface Conversation {
  /** Whose voice it was. */
  caller: string
  /** How baresip says that it ended. */
  outcome: PersonConversation['outcome']
  /** SRTP suite of the media. */
  suite: string | undefined
  /** From dialling to the answer. */
  answerSeconds: number
  seconds: number
  /** Seconds in which the caller heard something. */
  soundSeconds: number
  /** The frames of voice that were due to the caller, and those that came, by an outside witness. */
  voice: Voice
  turns: TurnLine[]
  deeds: PersonConversation['actions']
}

export interface Place {
  /** For the caller's files. */
  folder: string
  edges: readonly Edge[]
  /** Of all pods of the bot. No other call may be under way: what is new in it is this call. */
  transcript: Transcript
}

const LONGEST_SECONDS = 240
const ANSWER_SECONDS = 15
const END_SECONDS = 5

/** Command line of kubectl for the local cluster. */
export const kubectlCommand = () => [binary(kubernetes, 'kubectl'), '--kubeconfig', kubeconfigPath()]

/** @param change of what the caller is: by default it wants SRTP and shows no certificate */
export function startCaller(
  place: Pick<Place, 'folder' | 'edges'>,
  change: Partial<CallerOptions> = {},
): Promise<Baresip> {
  return startBaresip({
    ...{ folder: place.folder, transport: 'tls', srtp: 'Mandatory', codec: 'PCMA', user: '+33612345678' },
    ...{ names: edgeNames(place.edges), networkInterface: host.link },
    ...change,
  })
}

/** Places the call and talks until it is over. @throws when nobody answers */
export async function converse(
  name: string,
  number: string,
  answers: readonly Answer[],
  place: Place,
): Promise<Conversation> {
  const { transcript } = place
  const caller = await startCaller(place)
  const witness = await witnessVoice(caller, place.folder)
  try {
    const before = transcript.lines.length
    const dialled = performance.now()
    await caller.dial(edgeUri(number))
    await answered(caller, ANSWER_SECONDS)
    const answerSeconds = Math.round(performance.now() - dialled) / 1000
    const turns = () => {
      const mine = transcript.lines.slice(before)
      return mine.filter((line) => line.call === mine[0]?.call)
    }
    const said = () => turns().filter((line) => line.said !== undefined)
    const { outcome, actions, seconds } = await talk(caller, said, answers, LONGEST_SECONDS)
    const isTold = () => turns().some(({ ended }) => ended !== undefined)
    await until('the transcript to tell the end', END_SECONDS, isTold).catch(() => undefined)
    const voice = await witness.stop()
    return {
      ...{ caller: name, outcome, suite: caller.suite(), answerSeconds, seconds, turns: turns(), deeds: actions },
      ...{ soundSeconds: caller.heard().soundSeconds, voice },
    }
  } finally {
    await caller.stop()
    await witness.stop().catch(() => undefined)
  }
}

/** Captures what comes to a caller. The first stop ends it; each gives what was due and what came. */
async function witnessVoice(caller: Baresip, folder: string): Promise<{ stop(): Promise<Voice> }> {
  const file = join(folder, 'voice.pcap')
  const capture = await captureVoice(file, caller.mediaPorts.join('-'))
  const judge = async () => {
    await stopComplete(capture)
    const { from = 0, until } = caller.times()
    const packets = [...packetsIn(file)].filter(isRtp)
    const port = Number(packets[0]?.to.split(':').at(-1) ?? 0)
    return judgeVoice(packets, [{ port, from, answeredBy: '', ...(until !== undefined && { until }) }])
  }
  let judged: Promise<Voice> | undefined
  return { stop: () => (judged ??= judge()) }
}

/** The bot hung up by itself, and the dialog says so too. */
export const hungUpByBot = ({ outcome, turns }: Conversation) =>
  outcome.ended === 'ByBot' && turns.at(-1)?.ended === 'hung-up'

/**
 * Waits until the pods have all sentences that are the same in every call. A bot takes calls before, and renders what it needs while the
 * caller waits; who measures or shows it should not be the first caller of a cold machine.
 */
export async function sentencesRendered(pods: readonly Pod[], seconds: number): Promise<void> {
  for (const { namespace, name } of pods) {
    await until(`the sentences of ${name} to be rendered`, seconds, async () =>
      (await kubectl(['--kubeconfig', kubeconfigPath(), 'logs', '-n', namespace, name])).includes(
        'sentences are rendered',
      ),
    )
  }
}

/** The bot's pods that are ready. */
export async function botPods({ namespace, name }: Pod): Promise<Pod[]> {
  const ask = ['get', 'pods', '-n', namespace, '-l', `callbots.dev/callbot=${name}`, '-o', 'json']
  const { items } = JSON.parse(await kubectl(['--kubeconfig', kubeconfigPath(), ...ask])) as PodList
  return items
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .filter(({ status }) => status.conditions?.some((each) => each.type === 'Ready' && each.status === 'True'))
    .map(({ metadata }) => ({ namespace, name: metadata.name }))
}

interface PodList {
  items: {
    metadata: { name: string; deletionTimestamp?: string }
    status: { conditions?: { type: string; status: string }[] }
  }[]
}
