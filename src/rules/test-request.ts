/** What a bot pod is ordered at PUT /test-requests/ID: to send a test request through the lane of a drill, and what became of it. */
import * as read from './published-config.ts'

export interface TestRequestOrder {
  /** Name of an Integration of the bot. */
  readonly integration: string
  /** UID of the drill that has its lane. */
  readonly drill: string
  /** Name of an operation that is idempotent and needs no input. */
  readonly operation: string
}

/** Figures and words of ours: nothing of what the web service answered, except its status. */
export interface TestRequestResult {
  readonly outcome: 'Passed' | 'Failed' | 'CalledOff'
  /**
   * Refused: the answer said no, see `status`. Unanswered: no endpoint gave a usable answer. NoLease: the drill has no lane here, or has it no
   * longer. CalledOff: somebody here ended it. Bug: a fault of ours.
   */
  readonly finding: 'AsExpected' | 'Refused' | 'Unanswered' | 'NoLease' | 'CalledOff' | 'Bug'
  /** Name of the endpoint that answered; null: none did. */
  readonly endpoint: string | null
  /** Of HTTP; null: none answered. */
  readonly status: number | null
  /** From the first try to the end. */
  readonly milliseconds: number
}

/** Octets of an order at most. */
export const LONGEST_REQUEST_ORDER = 1_024
const PREFIX = '/test-requests/'

/** The id in a path. Undefined: the path is none of an order. */
export function readTestRequestPath(path: string): string | undefined {
  const id = path.startsWith(PREFIX) ? path.slice(PREFIX.length) : undefined
  return read.isUid(id) ? id : undefined
}

export const testRequestPath = (id: string) => `${PREFIX}${id}`

/** For who sent an order that can't be read. */
export const REQUEST_ORDER_FORM = 'an order is JSON: integration, drill and operation, and nothing else'

const isMember = read.isOneOf('integration', 'drill', 'operation')

/** Undefined: the text is no order, or has a member that no order has. */
export function readTestRequestOrder(text: string): TestRequestOrder | undefined {
  return read.readPublished(text, (told) => {
    for (const name of Object.keys(told)) read.must(isMember, name)
    return {
      integration: read.must(read.isObjectName, told['integration']),
      drill: read.must(read.isUid, told['drill']),
      operation: read.must(read.isName, told['operation']),
    }
  })
}
