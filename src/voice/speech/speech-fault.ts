/**
 * A speech server did not do what it was asked for.
 * - `Busy`: it is there, and has too much to do: worth another try, no sign that it is broken.
 * - `Refused`: it does not take what it was sent, and never will.
 * - `Broken`: it can't be reached, or answers nonsense.
 * - `LeftAlone`: it was broken several times in a row and is not asked for a while.
 */
export class SpeechFault extends Error {
  readonly kind: 'Busy' | 'Refused' | 'Broken' | 'LeftAlone'

  /** @param message for operators: nothing that a caller said is in it */
  constructor(kind: SpeechFault['kind'], message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'SpeechFault'
    this.kind = kind
  }
}
