import { pause } from '../../runtime/clock.ts'
import type { SipRequest } from '../../wire/sip/message.ts'
import type { UnderstoodResponse } from '../../wire/sip/parse-headers.ts'
import type { Body, Modified } from '../call.ts'
import { dialogHeaders } from '../uas.ts'
import { chance } from './agent-context.ts'
import { waitAfterGlare } from './glare.ts'
import type { DialogInternals } from './dialog-internals.ts'
import type { RequestContent } from './request-sender.ts'
import { agreedSession, LEAST_SECONDS, wishSession } from './session-timer.ts'
import { bodyOf } from './dialog-state.ts'

const MOST_TRIES = 3
/** How often is looked whether an INVITE that has to end first has ended, and how often at most. */
const TURN_MS = 50
const MOST_TURNS = 640

/** A re-INVITE with an offer of ours (RFC 3261 14.1), at its turn and again after a 491. A dialog that the other side doesn't know any more (481) ends. */
export async function modifySession(d: DialogInternals, body: Body): Promise<Modified> {
  let least = LEAST_SECONDS
  for (let tries = 1; ; tries++) {
    if (!(await turn(d))) return { ok: false, status: d.isEnded ? 481 : 491 }
    const { status, understood } = await invite(d, body, least)
    if (status < 300 && understood !== undefined) return agree(d, body, understood)
    // RFC 3261 12.2.1.2
    if (status === 481) d.lose()
    if (d.isEnded || tries === MOST_TRIES) return { ok: false, status }
    if (status === 491) await pause(d.context.clock, waitAfterGlare(d.ownsCallId, chance()))
    else if (status === 422 && understood !== undefined) least = minSe(understood)
    else return { ok: false, status, headers: understood?.response.headers ?? [] }
  }
}

function agree(d: DialogInternals, body: Body, understood: UnderstoodResponse): Modified {
  const answer = bodyOf(understood.response)
  d.localBody = body
  if (answer !== undefined) d.remoteBody = answer
  d.sender.retarget(understood)
  d.refresher.agree(agreedSession(understood.response))
  return { ok: true, body: answer }
}

/** Resolves when no other INVITE is at work in the dialog (RFC 3261 14.1); false: it never came to that. */
async function turn(d: DialogInternals): Promise<boolean> {
  for (let turns = 0; d.pending.ourInvite || d.pending.theirInvite || d.pending.theirOffer; turns++) {
    if (d.isEnded || turns === MOST_TURNS) return false
    await pause(d.context.clock, TURN_MS)
  }
  return !d.isEnded
}

async function invite(d: DialogInternals, body: Body, least: number): Promise<RequestContent> {
  d.pending.ourInvite = true
  d.pending.ourOffer = true
  let acknowledge: (() => void) | undefined
  const onResponse = (understood: UnderstoodResponse, request: SipRequest) => {
    const { status } = understood.response
    if (status < 200 || status > 299) return
    if (acknowledge !== undefined) return acknowledge()
    d.sender.retarget(understood)
    acknowledge = d.sender.acknowledge(understood.cseq.number, request)
  }
  try {
    const headers = [...dialogHeaders(d.context.can), ...wishSession(d.refresher.terms, least)]
    return await d.sender.invite({ headers, body, onResponse })
  } finally {
    d.pending.ourInvite = false
    d.pending.ourOffer = false
  }
}

/** Min-SE of a 422 (RFC 4028 7.3). */
export function minSe({ response }: UnderstoodResponse): number {
  const value = response.headers.find(({ id }) => id === 'min-se')?.value ?? ''
  return Math.max(LEAST_SECONDS, parseInt(value, 10) || 0)
}

/** Refreshes the session (RFC 4028 7.4): UPDATE where the other side takes it, else the same SDP again by re-INVITE. */
export async function refreshSession(d: DialogInternals, least = LEAST_SECONDS): Promise<void> {
  if (!d.takesUpdate && d.localBody !== undefined) {
    const done = await modifySession(d, d.localBody)
    if (!done.ok && done.status === 408) d.lose()
    return done.ok || d.isEnded ? undefined : d.refresher.failed()
  }
  const headers = [...dialogHeaders(d.context.can), ...wishSession(d.refresher.terms, least)]
  const { status, understood } = await d.sender.ask('UPDATE', { headers })
  if (d.isEnded) return
  if (status < 300 && understood !== undefined) {
    d.sender.retarget(understood)
    d.refresher.agree(agreedSession(understood.response))
  } else if (status === 408 || status === 481) {
    d.lose()
  } else if (status === 422 && understood !== undefined && least < minSe(understood)) {
    await refreshSession(d, minSe(understood))
  } else {
    d.refresher.failed()
  }
}
