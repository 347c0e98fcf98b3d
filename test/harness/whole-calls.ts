/** Whole calls from outside: INVITE, 200, ACK and BYE at once; who answered, when, and whether anybody else did later. */
import { SIPS_PORT } from '../../hack/calls/edges.ts'
import { askProxy, callerOf, type Edge } from './edges.ts'
import { eventually } from './eventually.ts'
import type { Attempt, PlainCaller } from './plain-caller.ts'

/** A connection to an edge. */
export interface Line {
  edge: Edge
  caller: PlainCaller
}

/** One line to each edge, in their order. */
export const openLines = (edges: readonly Edge[], ca: string): Promise<Line[]> =>
  Promise.all(edges.map(async (edge) => ({ edge, caller: await callerOf(edge, ca) })))

/** Waits until each edge has seen who each pod is: before that it calls none of them. @param pods their addresses */
export const untilKnown = (edges: readonly Edge[], pods: readonly string[]): Promise<void> =>
  eventually(async () => {
    for (const edge of edges)
      for (const pod of pods) await askProxy(edge, 'htable.get', 'proved', `${pod}:${SIPS_PORT}`)
  }, 90)

export interface WholeCall {
  /** Of the final answer; 0: none came. */
  status: number
  /** Milliseconds from the beginning to the final answer. */
  atMs: number
  /** The address in the answer's Contact: whose it was. */
  by: string
  attempt: Attempt
}

/** Calls, and hangs up as soon as somebody has answered. Never rejects. */
export const wholeCall = (caller: PlainCaller, number: string): Promise<WholeCall> => finish(caller.invite(number))

const PATIENCE_SECONDS = 10

async function finish(attempt: Attempt): Promise<WholeCall> {
  const heard = await attempt.outcome(PATIENCE_SECONDS)
  if (heard === undefined) return { status: 0, atMs: PATIENCE_SECONDS * 1_000, by: '', attempt }
  if (heard.status === 200) hangUp(attempt)
  return { status: heard.status, atMs: heard.atMs, by: addressIn(heard.text), attempt }
}

function hangUp(attempt: Attempt): void {
  attempt.within('ACK')
  attempt.within('BYE')
}

/** The addresses of those who have said 200, one for each To tag: whoever is not the first is a ghost. */
export function answerersOf({ heard }: Attempt): string[] {
  const answers = heard
    .filter(({ status }) => status === 200)
    .map(({ text }) => [tagIn(text), addressIn(text)] as const)
  return [...new Map(answers).values()]
}

const addressIn = (text: string) => /^Contact: *<sips?:(?:[^@>]*@)?([0-9.]+)/im.exec(text)?.[1] ?? ''
const tagIn = (text: string) => /^To:.*;tag=([^;\s]+)/im.exec(text)?.[1] ?? ''

/** A way to an edge: a line that is open, or one that has yet to be opened. Rejects when it can't be had in time. */
export type CallerFactory = () => Promise<PlainCaller>

export interface DialledCall extends WholeCall {
  /** What was sent to edges that did not even say 100. */
  givenUp: Attempt[]
}

/**
 * As a carrier dials: an edge that says no 100 in time is given up, and the next one gets the call (RFC 3263 4.3).
 * @throws Error when the last door can't be opened
 */
export async function dial(doors: readonly CallerFactory[], number: string, patienceMs: number): Promise<DialledCall> {
  const begun = performance.now()
  const givenUp: Attempt[] = []
  for (const door of doors) {
    const attempt = (await door().catch(() => undefined))?.invite(number)
    if (attempt === undefined) continue
    const waitedMs = performance.now() - begun
    if (door === doors.at(-1) || (await isHeard(attempt, patienceMs / 1_000))) {
      const call = await finish(attempt)
      return { ...call, atMs: waitedMs + call.atMs, givenUp }
    }
    givenUp.push(attempt)
  }
  throw new Error('the last edge to be dialled can not be reached')
}

/**
 * Takes a call back that went elsewhere. CANCEL has to wait for a first answer (RFC 3261 9.1); a 200 that came all the same is
 * acknowledged and hung up. Never rejects.
 */
export async function callOff(attempt: Attempt, seconds: number): Promise<void> {
  if (!(await isHeard(attempt, seconds))) return
  if (attempt.heard.every(({ status }) => status < 200)) attempt.cancel()
  const heard = await attempt.outcome(PATIENCE_SECONDS)
  if (heard?.status === 200) hangUp(attempt)
}

const isHeard = ({ heard }: Attempt, seconds: number): Promise<boolean> =>
  eventually(() => {
    if (heard.length === 0) throw new Error('nothing was heard')
  }, seconds).then(
    () => true,
    () => false,
  )

/** Calls come at this pace, whatever becomes of those before. Ends when it is called; resolves when the last call is over. */
export function keepCalling(perSecond: number, place: (index: number) => Promise<void>): () => Promise<void> {
  const placed: Promise<void>[] = []
  const timer = setInterval(() => placed.push(place(placed.length)), 1_000 / perSecond)
  return async () => {
    clearInterval(timer)
    await Promise.all(placed)
  }
}
