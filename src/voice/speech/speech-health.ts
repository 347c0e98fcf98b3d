/** Whether servers hear, or speak, as /state tells it. */
export interface SpeechHealth {
  readonly state: 'Ready' | 'Failing' | 'Unknown'
  readonly because: string
}

export const unknown: SpeechHealth = { state: 'Unknown', because: 'not asked yet' }
const ready: SpeechHealth = { state: 'Ready', because: 'the last request was answered' }

/** @param fault of the provider that was asked last; its texts are ours */
export function healthAfter(fault: Error | undefined): SpeechHealth {
  if (fault === undefined) return ready
  return { state: 'Failing', because: `no provider answered; the last error: ${fault.message}`.slice(0, 200) }
}
