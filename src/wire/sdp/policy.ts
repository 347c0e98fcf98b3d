/** G.711, the only voice codecs (RFC 3551 4.5.14). */
export type Codec = 'PCMA' | 'PCMU'

/** What a bot, or a trunk, allows. */
export interface MediaPolicy {
  /** Required: plain RTP is refused. Preferred: taken when nothing better is offered. Disabled: plain RTP only. */
  readonly srtp: 'Required' | 'Preferred' | 'Disabled'
  /** Best first. */
  readonly codecs: readonly Codec[]
}
