import { readdirSync, readFileSync } from 'node:fs'
import { chance } from '../mutate.ts'
import { streamLine, udpLine } from './lines.ts'
import { Mailbox } from './mailbox.ts'
import { mutateContent, mutateWords } from './mutate-content.ts'
import { mutateHead } from './mutate-head.ts'
import { type CallPlay, type Outcome, playCall, type Step } from './play-call.ts'
import { EDGE, stranger } from './sites.ts'
import { type Content, octetsOf } from './sip-text.ts'
import { DESK, type Caller, type FuzzStage, type Party, type Pod } from './stage.ts'

type Next = (below: number) => number
const of = <T>(next: Next, all: readonly T[]): T => all[next(all.length)]!

/** One mutation: everything in it follows from its seed. */
export interface Mutation {
  readonly seed: number
  /** Who is hostile, and at which step. */
  what: string
  /** The hostile octets: a message, or what it carries. */
  octets: Buffer
}

const STEPS: readonly Step[] = [
  ...(['offer', 'offer', 'offer', 'early', 'answer', 'answer', 'late-offer', 'late-answer', 'again'] as const),
  ...(['again', 'again-answer', 'update', 'words', 'bye', 'cancel'] as const),
]
/** As what is said to a real pod. */
const REAL_STEPS: readonly Step[] = [
  'offer',
  'offer',
  'late-answer',
  'again',
  'update',
  'words',
  'words',
  'bye',
  'cancel',
]

/** A stream of numbers of its own for each seed, also where seeds follow each other. */
const streamOf = (seed: number) => chance(Math.imul(seed ^ (seed >>> 15), 0x9e3779b1) ^ 0x5bd1e995)

/** Plays the mutation of a seed. @param nth another one for each that plays at the same time */
export async function playMutation(stage: FuzzStage, mutation: Mutation, nth: number): Promise<Outcome> {
  const next = streamOf(mutation.seed)
  const kind = next(10)
  if (kind === 0) return playStranger(stage, mutation, next)
  if (kind < 4) return playOut(stage, mutation, next, nth)
  return playIn(stage, mutation, next, nth, kind < 6)
}

/** What both sorts of calls have: how the hostile message is made of the good one, and noted. */
function hostileParts(mutation: Mutation, step: Step, next: Next): Pick<CallPlay, 'content' | 'twist'> {
  const note = (octets: Buffer) => (mutation.octets = octets)
  const isBare = step === 'bye' || step === 'cancel'
  const twist = (octets: Buffer) => note(mutateHead(octets, next))
  if (isBare || next(12) === 0) return { content: (good) => good, twist }
  const content = (good: Content) => {
    const made = step === 'words' ? mutateWords(next) : mutateContent(good, next)
    note(Buffer.concat([octetsOf(`${made.headers.join('\r\n')}\r\n\r\n`), made.body]))
    return made
  }
  return { content }
}

/** A call from outside to a hostile pod or, by a hostile caller, to a real one. */
async function playIn(
  stage: FuzzStage,
  mutation: Mutation,
  next: Next,
  nth: number,
  isReal: boolean,
): Promise<Outcome> {
  const caller = of(next, stage.callers)
  const pod = of(next, stage.pods)
  const step = of(next, isReal ? REAL_STEPS : STEPS)
  const by = isReal || next(2) === 0 ? 'caller' : 'callee'
  const isStream = next(3) === 0
  const parts = hostileParts(mutation, step, next)
  mutation.what = `${isReal ? 'to a real pod' : `to a pod, hostile ${whose(step, by)}`}, ${isStream ? 'TCP' : 'UDP'}: ${step}`
  const line = isStream ? await streamLine(caller.mailbox, caller.media.address) : caller.line
  try {
    return await playCall({
      ...{ callId: callIdOf(mutation, nth), line, caller, step, by, ...parts },
      ...(isReal ? {} : { callee: pod }),
      target: `sip:${isReal ? stage.realNumber : pod.number}@${EDGE}`,
    })
  } finally {
    if (isStream) line.close()
  }
}

/** A hostile pod calls out, to a trunk that may be hostile. */
async function playOut(stage: FuzzStage, mutation: Mutation, next: Next, nth: number): Promise<Outcome> {
  const pod: Pod = of(next, stage.pods)
  const step = of(next, STEPS)
  const by = next(2) === 0 ? 'caller' : 'callee'
  const parts = hostileParts(mutation, step, next)
  mutation.what = `by a pod to a trunk, hostile ${whose(step, by)}: ${step}`
  const line = await streamLine(pod.mailbox, pod.address, pod.identity)
  const callee: Party = stage.trunk
  try {
    return await playCall({
      ...{ callId: callIdOf(mutation, nth), line, caller: pod, callee, step, by, ...parts },
      ...{ target: `sip:${DESK}@desk.hostile.trunks`, headers: ['X-Callbot-Media: Plain'] },
    })
  } finally {
    line.close()
  }
}

const CALLER_STEPS: readonly Step[] = ['offer', 'late-answer', 'bye', 'cancel']
const CALLEE_STEPS: readonly Step[] = ['early', 'answer', 'late-offer']
const whose = (step: Step, by: string) =>
  CALLER_STEPS.includes(step) ? 'caller' : CALLEE_STEPS.includes(step) ? 'callee' : by

const callIdOf = ({ seed }: Mutation, nth: number) =>
  `m${seed.toString(16).padStart(8, '0')}x${nth.toString(16).padStart(6, '0')}`

const strangers = ['rfc4475', 'rfc5118'].flatMap((folder) =>
  readdirSync(`test/fixtures/sip/${folder}`).map((file) => readFileSync(`test/fixtures/sip/${folder}/${file}`)),
)

/** A message of RFC 4475 or RFC 5118, changed, from somebody of whom the edge knows nothing. */
async function playStranger(stage: FuzzStage, mutation: Mutation, next: Next): Promise<Outcome> {
  const mailbox = new Mailbox()
  const host = stranger(next(20_000))
  const isStream = next(2) === 0
  const own = of(next, stage.pods).number
  const drawn = of(next, strangers).toString('latin1')
  const called = next(2) === 0 ? drawn.replace(/^(\w+) \S+/, `$1 sip:${own}@${EDGE}`) : drawn
  const octets = next(4) === 0 ? octetsOf(called) : mutateHead(octetsOf(called), next)
  Object.assign(mutation, { what: `by a stranger, ${isStream ? 'TCP' : 'UDP'}`, octets })
  const line = isStream ? await streamLine(mailbox, host) : await udpLine(mailbox, host, 5060)
  if (!isStream) stage.parties.add(`${host}:5060`)
  line.send(octets)
  await new Promise((resolve) => setTimeout(resolve, 30))
  line.close()
  return { said: 'stranger', isOver: true }
}

/** A good call, which has to be answered. @param pod absent: to the real one */
export const cleanCall = (stage: FuzzStage, callId: string, caller: Caller, pod?: Pod): Promise<Outcome> =>
  playCall({
    ...{ callId, line: caller.line, caller, step: 'offer', by: 'caller', content: (good: Content) => good },
    ...(pod === undefined ? {} : { callee: pod }),
    target: `sip:${pod?.number ?? stage.realNumber}@${EDGE}`,
  })
