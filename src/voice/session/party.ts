import type { Dialog } from '../../telephony/call.ts'
import type { MediaAnswer, MediaHandlers, MediaOffer, MediaRefusal, MediaSession } from '../../telephony/media/types.ts'
import { mediaHandlers } from '../../telephony/renegotiate.ts'
import { signalIn } from '../../wire/dtmf/relay-body.ts'
import { keyTone } from '../pipeline/tone-generator.ts'
import type { MediaWatch } from './media-watchdog.ts'

/** Who hears a party: the bot, nobody while a tone plays, or the other party. */
export interface MediaListener {
  /**
   * 20 ms have passed: the moment to send. The frame (160 samples) is used again for the next one but one tick later: copy what is kept.
   * Undefined: silence.
   */
  onFrame(frame: Int16Array | undefined): void
  /** 0 to 9, * or #; each once, by whatever way it came. */
  onKey?(key: string): void
  /** Nothing has come for half a minute, although something should. */
  onInactive?(): void
}

/** A party's media, before there is a dialog. */
export interface PartyMedia {
  readonly session: MediaSession
  /** The SDP that answers, or offers. */
  readonly body: Buffer
  /** Changed while the call goes on. */
  readonly output: { listener: MediaListener }
}

/** Opens the media of a party. Nobody hears it yet. */
export async function openPartyMedia(
  open: (handlers: MediaHandlers) => Promise<MediaAnswer | MediaOffer | MediaRefusal>,
): Promise<PartyMedia | MediaRefusal> {
  const output: PartyMedia['output'] = { listener: { onFrame() {} } }
  const opened = await open({
    onFrame: (frame, { kind }) => output.listener.onFrame(kind === 'Silence' ? undefined : frame),
    onDtmf: (key) => press(output, key),
    onInactive: () => output.listener.onInactive?.(),
  })
  return opened.kind === 'refused' ? opened : { session: opened.session, body: opened.body, output }
}

/** The columns A to D are on no telephone of a caller. */
function press({ listener }: PartyMedia['output'], key: string): void {
  if (/^[0-9*#]$/.test(key)) listener.onKey?.(key)
}

/** One who is on the telephone: the caller, or the person to whom the caller is put through. */
export class Party {
  readonly dialog: Dialog
  readonly session: MediaSession
  /** Its own side has begun to take it elsewhere: if it hangs up now, that is how a transfer ends (RFC 5589 6.1). */
  isReferred = false
  private readonly output: PartyMedia['output']
  private readonly tones: Int16Array[] = []
  private readonly endWatch: (() => void) | undefined

  /**
   * In the turn in which the dialog was got.
   * @param watch undefined: media that stops is not asked for
   */
  constructor(dialog: Dialog, { session, output }: PartyMedia, watch: MediaWatch | undefined) {
    this.dialog = dialog
    this.session = session
    this.output = output
    dialog.handle({ ...mediaHandlers(session), onInfo: (body) => this.info(body.type, body.content) })
    this.endWatch = watch?.(this)
  }

  /** From now on, and nobody else. */
  listenWith(ear: MediaListener): void {
    this.output.listener = ear
  }

  /** 160 samples, or silence, in the tick in which it is asked. A key that is being pressed as a tone goes before. */
  send(frame: Int16Array | undefined): void {
    this.session.send(this.tones.shift() ?? frame)
  }

  /** Presses a key: as an event where the party takes them, else as a tone. */
  press(key: string): void {
    if (!this.session.sendDtmf(key)) this.tones.push(...keyTone(key))
  }

  /** Hangs up, if that was not done, and gives the ports back. */
  async close(): Promise<void> {
    this.endWatch?.()
    await Promise.all([this.dialog.bye(), this.session.close()])
  }

  /** Keys by INFO. */
  private info(type: string, content: Uint8Array): boolean {
    if (type !== 'application/dtmf-relay') return false
    const key = signalIn(content)
    if (key !== undefined) press(this.output, key)
    return true
  }
}
