/** What a pod knows of itself when it is asked whether it takes calls. */
export interface PodState {
  readonly isListening: boolean
  readonly isDraining: boolean
  /** The first words of a call are rendered, or were waited for long enough. */
  readonly canGreet: boolean
  readonly hasDialog: boolean
  /** The dialog that there is, or a newer one, does not pass a test of the bot's own. */
  readonly failsTest: boolean
  readonly isPlayingTests: boolean
  /** Epoch milliseconds: the certificate's time, and now. */
  readonly notBefore: number
  readonly notAfter: number
  readonly now: number
}

/** Why the pod can't take calls; empty: it can. */
export function obstacles(state: PodState): string[] {
  const found: string[] = []
  if (!state.isListening) found.push('the SIP port is not open')
  if (state.isDraining) found.push('the pod is draining')
  if (!state.hasDialog) found.push(whyNoFlow(state))
  if (!state.canGreet) found.push('the first words of the conversation flow are being rendered')
  if (state.now < state.notBefore) found.push('the certificate is not valid yet')
  if (state.now >= state.notAfter) found.push('the certificate has expired')
  return found
}

function whyNoFlow({ failsTest, isPlayingTests }: PodState): string {
  if (isPlayingTests) return 'the tests of the spec are being run'
  return failsTest ? 'the conversation flow fails a test of the spec' : 'there is no valid conversation flow'
}
