import { isAnswer, Mailbox } from './mailbox.ts'
import { udpLine } from './lines.ts'
import { EDGE } from './sites.ts'
import { NOTHING, writeMessage } from './sip-text.ts'

const HOST = '198.51.100.220'
const EVERY_MS = 500
/** For an answer, and what it is asked again before. */
const WAIT_MS = 2_000
const TRIES = 3

/** Asks the proxy all along whether calls may be sent there. */
export interface OptionsWitness {
  readonly at: string
  readonly asked: number
  /** What was wrong with answers: none within 6 s, or another one than 200. */
  readonly faults: readonly string[]
  stop(): void
}

export async function startOptionsWitness(): Promise<OptionsWitness> {
  const mailbox = new Mailbox()
  const line = await udpLine(mailbox, HOST, 5060)
  const it = { at: `${HOST}:5060`, asked: 0, faults: [] as string[], stop: () => {} }
  const ask = async () => {
    const callId = `alive${++it.asked}`
    const box = mailbox.open(callId)
    for (let at = 0; at < TRIES; at++) {
      line.send(optionsOf(callId, at))
      const came = await box.next(isAnswer(1), WAIT_MS)
      if (came?.message.kind !== 'response') continue
      if (came.message.status !== 200) it.faults.push(`the proxy answers an OPTIONS with ${came.message.status}`)
      return mailbox.close(callId)
    }
    mailbox.close(callId)
    it.faults.push(`the proxy answers no OPTIONS within ${(TRIES * WAIT_MS) / 1_000} s`)
  }
  const timer = setInterval(() => void ask(), EVERY_MS)
  it.stop = () => {
    clearInterval(timer)
    line.close()
  }
  return it
}

const optionsOf = (callId: string, nth: number) =>
  writeMessage(
    `OPTIONS sip:${EDGE} SIP/2.0`,
    [
      ...[`Via: SIP/2.0/UDP ${HOST}:5060;branch=z9hG4bK${callId}x${nth}`, `From: <sip:witness@${HOST}>;tag=${callId}`],
      ...[`To: <sip:${EDGE}>`, `Call-ID: ${callId}`, 'CSeq: 1 OPTIONS', 'Max-Forwards: 70'],
    ],
    NOTHING,
  )
