import { header } from '../../wire/sip/message.ts'
import { field } from '../../wire/sip/serialise.ts'
import type { UnderstoodRequest } from '../../wire/sip/parse-headers.ts'
import { parseUri } from '../../wire/sip/uri.ts'
import type { Dialog, ReferOutcome } from '../call.ts'
import type { DialogInternals } from './dialog-internals.ts'
import { bodyOf } from './dialog-state.ts'

const STATUS_LINE = /^SIP\/2\.0 (\d{3})\b/

/** Asks the other side to call `target`, and listens to how that goes (RFC 3515). One at a time: a second gets 491. */
export async function referOut(
  d: DialogInternals,
  target: string,
  o: Parameters<Dialog['refer']>[1],
  ended: Promise<unknown>,
): Promise<ReferOutcome> {
  if (d.isEnded || d.referral !== undefined) return { status: d.isEnded ? 481 : 491 }
  // 416 for what is no URI at all: in the header it could become anything.
  if (parseUri(target) === undefined) return { status: 416 }
  const final = new Promise<number | undefined>((resolve) => {
    d.referral = { notified: (understood) => heed(understood, resolve, o.onProgress) }
    void ended.then(() => resolve(undefined))
  })
  // Set before the request goes out: the first NOTIFY may overtake the 202.
  const headers = [field('Refer-To', `<${target}>`), field('Referred-By', bare(d)), ...(o.headers ?? [])]
  try {
    const { status, understood } = await d.sender.ask('REFER', { headers })
    if (status === 408 || status === 481) d.lose()
    const isDeaf = understood !== undefined && header(understood.response, 'refer-sub') === 'false'
    if (status < 300) o.onAccepted?.()
    if (status >= 300 || isDeaf) return { status }
    return await within(d, o.timeoutMs, status, final)
  } finally {
    d.referral = undefined
  }
}

function heed(
  { request }: UnderstoodRequest,
  done: (status: number | undefined) => void,
  onProgress?: (status: number) => void,
): void {
  const status = Number(STATUS_LINE.exec(Buffer.from(bodyOf(request)?.content ?? []).toString('latin1'))?.[1])
  if (status >= 200) return done(status)
  if (status >= 100) onProgress?.(status)
  // The subscription is over and nothing was said (RFC 3515 2.4.7).
  if (/^terminated\b/i.test(header(request, 'subscription-state') ?? '')) done(undefined)
}

function within(
  d: DialogInternals,
  timeoutMs: number,
  status: number,
  final: Promise<number | undefined>,
): Promise<ReferOutcome> {
  return new Promise((resolve) => {
    const cancel = d.context.clock.after(timeoutMs, () => resolve({ status }))
    void final.then((reported) => {
      cancel()
      resolve(reported === undefined ? { status } : { status, final: reported })
    })
  })
}

/** Our From without its tag. */
function bare(d: DialogInternals): string {
  return d.sender.state.local.replace(/;[ \t]*tag[ \t]*=[^;>]*$/i, '')
}
