import type { SipMessage } from '../../../src/wire/sip/message.ts'
import { bodyOf, Dialog, type Twist } from './dialog.ts'
import { type Box, type Came, isAnswer, isRequest, type Line } from './mailbox.ts'
import { answerOf, type Content, description, NOTHING, sdpContent } from './sip-text.ts'
import { MEDIA_PORT } from './sites.ts'
import type { Party } from './stage.ts'

/** What one end of a call says, and when. */
export type Step =
  | 'offer'
  | 'early'
  | 'answer'
  | 'late-offer'
  | 'late-answer'
  | 'again'
  | 'again-answer'
  | 'update'
  | 'words'
  | 'bye'
  | 'cancel'

export interface CallPlay {
  readonly callId: string
  readonly line: Line
  readonly target: string
  readonly headers?: string[]
  readonly caller: Party
  /** Who is called and plays along; absent: somebody real. */
  readonly callee?: Party
  /** At which step one of them is hostile. */
  readonly step: Step
  /** Who sends what is sent within the dialog. */
  readonly by: 'caller' | 'callee'
  /** Makes the hostile description of a good one, or hostile words. */
  readonly content: (good: Content) => Content
  /** Changes the whole message of that step. */
  readonly twist?: Twist
}

/** What became of a call. */
export interface Outcome {
  /** Of the hostile message: its step and a status, or that nothing was answered. */
  readonly said: string
  /** Whether its end was confirmed, so that nothing of it may stay. */
  readonly isOver: boolean
}

const WAIT_MS = 900
/** Until what was spoken has passed the relay. */
const FORWARDED_MS = 40
const isEarly = (message: SipMessage) => message.kind === 'response' && message.status === 183
const isFinal = (cseq: number) => isAnswer(cseq, 200)

interface End {
  readonly party: Party
  readonly box: Box
  readonly line: Line
  readonly dialog: Dialog
  /** The newest description that came from the relay. */
  sdp: string
}

/**
 * Plays one call with one hostile message in it. Both ends then speak to where the relay said, which sends it on to where the hostile one said.
 */
export async function playCall(play: CallPlay): Promise<Outcome> {
  const { callId, caller, callee, step } = play
  const boxes = { caller: caller.mailbox.open(callId), callee: callee?.mailbox.open(callId) }
  const dialog = Dialog.calling(play.line, callId, play.target)
  const near: End = { party: caller, box: boxes.caller, line: play.line, dialog, sdp: '' }
  try {
    const cseq = dialog.request('INVITE', offerOf(play), { headers: play.headers ?? [], ...twistAt(play, 'offer') })
    const refused = near.box.has(isFinal(cseq), WAIT_MS)
    const far =
      callee && (await Promise.race([takeCall(play, callee, boxes.callee!, near), refused.then(() => undefined)]))
    if (step === 'cancel') dialog.cancel(cseq, play.twist)
    const final = await near.box.next(isFinal(cseq), WAIT_MS)
    if (final?.message.kind !== 'response') return await giveUp(step, near, far, cseq)
    dialog.answered(final.message)
    const isTaken = final.message.status < 300
    near.sdp = bodyOf(final.message)
    if (!isTaken) {
      dialog.acknowledge(cseq, false)
      return { said: `${step} ${final.message.status}`, isOver: true }
    }
    dialog.acknowledge(
      cseq,
      true,
      isLate(play) ? lateAnswer(play, near.sdp) : NOTHING,
      twistAt(play, 'late-answer').twist,
    )
    if (isLate(play)) await takeAck(far)
    const reply = await within(play, near, far)
    await talk(near, far)
    return { said: reply ?? `${step} ${final.message.status}`, isOver: await hangUp(play, near, far) }
  } finally {
    caller.mailbox.close(callId)
    callee?.mailbox.close(callId)
  }
}

const isLate = ({ step }: CallPlay) => step === 'late-offer' || step === 'late-answer'
const twistAt = ({ step, twist }: CallPlay, at: Step): { twist?: Twist } => (step === at && twist ? { twist } : {})
const goodOf = ({ media: { address } }: Party) => sdpContent(description(address, MEDIA_PORT))
/** What is said at that step, hostile if it is the one. */
const said = ({ step, content }: CallPlay, at: Step, good: Content) => (step === at ? content(good) : good)
const offerOf = (play: CallPlay) => (isLate(play) ? NOTHING : said(play, 'offer', goodOf(play.caller)))
const lateAnswer = (play: CallPlay, offer: string) =>
  said(play, 'late-answer', sdpContent(answerOf(offer, play.caller.media.address, MEDIA_PORT)))

/** Waits for the call at the other end and answers it. */
async function takeCall(play: CallPlay, callee: Party, box: Box, near: End): Promise<End | undefined> {
  const invite = await box.next(isRequest('INVITE'), WAIT_MS / 2)
  if (invite?.message.kind !== 'request') return undefined
  const { line, message } = invite
  const end = { party: callee, box, line, dialog: Dialog.called(line, message), sdp: bodyOf(message) }
  const { address } = callee.media
  const answer = sdpContent(answerOf(end.sdp, address, MEDIA_PORT))
  if (play.step === 'early') {
    end.dialog.answer(line, message, 183, said(play, 'early', answer), twistAt(play, 'early').twist)
    // Media flows before the call is answered.
    near.sdp = bodyOf((await near.box.next(isEarly, WAIT_MS / 3))?.message)
    await talk(near, end)
  }
  if (play.step === 'cancel') {
    end.dialog.answer(line, message, 180)
    void box.next(isRequest('CANCEL'), WAIT_MS).then((came) => {
      if (came?.message.kind === 'request') end.dialog.answer(came.line, came.message, 200)
      end.dialog.answer(line, message, 487)
    })
    return end
  }
  const at = isLate(play) ? 'late-offer' : 'answer'
  const twist = twistAt(play, at).twist
  end.dialog.answer(line, message, 200, said(play, at, isLate(play) ? goodOf(callee) : answer), twist)
  return end
}

async function takeAck(far: End | undefined): Promise<void> {
  const ack = await far?.box.next(isRequest('ACK'), WAIT_MS / 3)
  if (far !== undefined && ack !== undefined) far.sdp = bodyOf(ack.message) || far.sdp
}

/** The hostile message of a call that stands, if it is one of those. */
async function within(play: CallPlay, near: End, far: End | undefined): Promise<string | undefined> {
  const { step } = play
  if (step !== 'again' && step !== 'again-answer' && step !== 'update' && step !== 'words') return undefined
  const [from, to] = play.by === 'caller' || far === undefined ? [near, far] : [far, near]
  const method = step === 'words' ? 'INFO' : step === 'update' ? 'UPDATE' : 'INVITE'
  const good = step === 'words' ? NOTHING : goodOf(from.party)
  const content = step === 'again-answer' ? good : play.content(good)
  const cseq = from.dialog.request(method, content, step === 'again-answer' ? {} : twistAt(play, step))
  if (to !== undefined) await answerWithin(play, to, method)
  const final = await from.box.next(isFinal(cseq), to === undefined ? WAIT_MS : WAIT_MS / 2)
  if (final?.message.kind !== 'response') return `${step} unanswered`
  const isTaken = final.message.status < 300
  if (isTaken) from.sdp = bodyOf(final.message) || from.sdp
  if (method === 'INVITE') from.dialog.acknowledge(cseq, isTaken)
  return `${step} ${final.message.status}`
}

async function answerWithin(play: CallPlay, end: End, method: string): Promise<void> {
  const came: Came | undefined = await end.box.next(isRequest(method), WAIT_MS / 3)
  if (came?.message.kind !== 'request') return
  const sdp = bodyOf(came.message)
  if (sdp !== '') end.sdp = sdp
  const good = method === 'INFO' ? NOTHING : sdpContent(answerOf(sdp, end.party.media.address, MEDIA_PORT))
  const content = said(play, 'again-answer', good)
  end.dialog.answer(came.line, came.message, 200, content, twistAt(play, 'again-answer').twist)
}

/** Each to where the relay said. */
async function talk(near: End, far: End | undefined): Promise<void> {
  near.party.media.speak(near.sdp)
  if (far !== undefined) far.party.media.speak(far.sdp)
  await pause(FORWARDED_MS)
}

/** A hostile BYE is followed by a good one. @returns whether the last one was confirmed */
async function hangUp(play: CallPlay, near: End, far: End | undefined): Promise<boolean> {
  if (play.step === 'bye') await isConfirmed(near, far, near.dialog.request('BYE', NOTHING, twistAt(play, 'bye')))
  return isConfirmed(near, far, near.dialog.request('BYE'))
}

async function isConfirmed(near: End, far: End | undefined, cseq: number): Promise<boolean> {
  const came = await far?.box.next(isRequest('BYE'), WAIT_MS / 3)
  if (far !== undefined && came?.message.kind === 'request') far.dialog.answer(came.line, came.message, 200)
  const final = await near.box.next(isFinal(cseq), WAIT_MS / 3)
  return final?.message.kind === 'response' && final.message.status < 300
}

/** No final answer came: the caller cancels, so that nothing of the call stays. */
async function giveUp(step: Step, near: End, far: End | undefined, cseq: number): Promise<Outcome> {
  near.dialog.cancel(cseq)
  await talk(near, far)
  const final = await near.box.next((message: SipMessage) => isAnswer(cseq, 300)(message), WAIT_MS / 3)
  if (final !== undefined) near.dialog.acknowledge(cseq, false)
  return { said: `${step} unanswered`, isOver: false }
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
