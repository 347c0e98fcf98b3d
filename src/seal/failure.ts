/** Why a value can't be opened. Texts name keys by generation and quote no content. */
export type SealReason = 'RootsInvalid' | 'GenerationUnknown' | 'Altered' | 'Expired'

export interface SealFailure {
  readonly kind: 'failed'
  readonly reason: SealReason
  readonly because: string
}

export const failed = (reason: SealReason, because: string): SealFailure => ({ kind: 'failed', reason, because })

export const isFailure = (value: object): value is SealFailure => 'kind' in value && value.kind === 'failed'
