import type { Problem } from '../../api/parse.ts'
import type { Findings } from '../../rules/flow/check.ts'

/** What the API server asks (admission.k8s.io/v1). */
export interface AdmissionRequest {
  readonly uid: string
  readonly kind: { readonly group: string; readonly kind: string }
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT'
  readonly namespace?: string
  readonly name?: string
  readonly object: unknown
  /** UPDATE: what is there now. */
  readonly oldObject?: unknown
}

/** A metav1.Status with a cause for each field, so that kubectl shows it as a refusal of the API server's own. */
interface Status {
  readonly code: number
  readonly reason: string
  readonly message: string
  readonly details: {
    readonly group: string
    readonly kind: string
    readonly name: string
    readonly causes: readonly { readonly reason: string; readonly field: string; readonly message: string }[]
  }
}

export interface AdmissionReview {
  readonly apiVersion: 'admission.k8s.io/v1'
  readonly kind: 'AdmissionReview'
  readonly response: {
    readonly uid: string
    readonly allowed: boolean
    readonly status?: Status
    readonly warnings?: readonly string[]
  }
}

/** The API server cuts a warning at 256 characters and drops what is over 4,096 in all (KEP-1693). */
const LONGEST_WARNING = 250
const MOST_WARNINGS = 14
const MOST_CAUSES = 20

/** The request of a review, if it is one. Everything else in it is for the handler to judge. */
export function requestIn(body: unknown): AdmissionRequest | undefined {
  const { apiVersion, kind, request } = (body ?? {}) as Record<string, unknown>
  const { uid } = (request ?? {}) as Record<string, unknown>
  if (apiVersion !== 'admission.k8s.io/v1' || kind !== 'AdmissionReview' || typeof uid !== 'string') return undefined
  return request as AdmissionRequest
}

/** Errors refuse, warnings are shown to whoever applied. */
export function answer(request: AdmissionRequest, { errors, warnings }: Findings): AdmissionReview {
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    response: {
      uid: request.uid,
      allowed: errors.length === 0,
      ...(errors.length === 0 ? {} : { status: refusal(request, errors) }),
      ...(warnings.length === 0 ? {} : { warnings: shown(warnings) }),
    },
  }
}

function refusal({ kind, name = '' }: AdmissionRequest, errors: readonly Problem[]): Status {
  const shown = errors.slice(0, MOST_CAUSES)
  const rest = errors.length - shown.length
  const lines = shown.map(({ path, message }) => `${path}: ${message}`)
  return {
    code: 422,
    reason: 'Invalid',
    message: [...lines, ...(rest > 0 ? [`and ${rest} more`] : [])].join('; '),
    details: {
      group: kind.group,
      kind: kind.kind,
      name,
      causes: shown.map(({ path, message }) => ({ reason: 'FieldValueInvalid', field: path, message })),
    },
  }
}

function shown(warnings: readonly Problem[]): string[] {
  const texts = warnings.slice(0, MOST_WARNINGS).map(({ path, message }) => `${path}: ${message}`)
  const rest = warnings.length - texts.length
  const cut = texts.map((text) => (text.length > LONGEST_WARNING ? `${text.slice(0, LONGEST_WARNING - 1)}…` : text))
  return rest > 0 ? [...cut, `and ${rest} more warnings: see callbot say --file`] : cut
}
