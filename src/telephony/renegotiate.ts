import type { Body, Dialog, OfferAnswer } from './call.ts'
import type { MediaSession } from './media/types.ts'

export const sdp = (content: Uint8Array): Body => ({ type: 'application/sdp', content })

/** Lets the other side change the media of a call (re-INVITE, UPDATE): handlers for its dialog. */
export const mediaHandlers = (session: MediaSession) =>
  ({
    onOffer: (offer) => renegotiate(session, offer?.content),
    onAnswer: (answer) => void session.complete(answer.content),
  }) satisfies Parameters<Dialog['handle']>[0]

function renegotiate(session: MediaSession, offer: Uint8Array | undefined): OfferAnswer {
  if (offer === undefined) return { body: sdp(session.reoffer()) }
  const answered = session.reanswer(offer)
  return answered.kind === 'answered' ? { body: sdp(answered.body) } : { status: answered.status }
}
