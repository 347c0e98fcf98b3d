/** What a bot pod is ordered at PUT /test-calls/ID: to place a test call by the trunks of an Integration of its own. */
import { EMERGENCY_NUMBERS } from '../lib/emergency-numbers.ts'
import * as read from './published-config.ts'

export interface TestCallOrder {
  /** Name of an Integration of the bot. */
  readonly integration: string
  /** The test number: E.164, or an extension. */
  readonly to: string
  /** The number that calls; absent: anonymous. */
  readonly from?: string
  /** Address of the edge to call by; absent: any that the pod knows. */
  readonly edge?: string
  readonly expect: 'Echo' | 'Tone' | 'Answer'
  /** 5 to 300, from the INVITE to the end. */
  readonly maxSeconds: number
  /** Tones are made from it; another one for each call. */
  readonly seed: string
  /** Header fields for the edge or the client, by name. */
  readonly headers: Readonly<Record<string, string>>
}

/** Octets of an order at most: eight headers of the longest, and the rest. */
export const LONGEST_ORDER = 4_096
const MOST_HEADERS = 8
const PREFIX = '/test-calls/'

/** The id in a path. Undefined: the path is none of an order. */
export function readTestCallPath(path: string): string | undefined {
  const id = path.startsWith(PREFIX) ? path.slice(PREFIX.length) : undefined
  return read.isUid(id) ? id : undefined
}

/** For who sent an order that can't be read. */
export const ORDER_FORM =
  'an order is JSON: integration, to, expect (Echo, Tone or Answer), maxSeconds (5 to 300), seed; and maybe from, edge and headers (X-Callbot-...)'

const isTestNumber = (value: unknown): value is string => read.isDialable(value) && !EMERGENCY_NUMBERS.includes(value)

const isMaxSeconds = read.isWhole(5, 300)
const isExpectation = read.isOneOf('Echo', 'Tone', 'Answer')
const isMember = read.isOneOf('integration', 'to', 'from', 'edge', 'expect', 'maxSeconds', 'seed', 'headers')

/** Undefined: the text is no order, or has a member that no order has. */
export function readTestCallOrder(text: string): TestCallOrder | undefined {
  return read.readPublished(text, (told) => {
    for (const name of Object.keys(told)) read.must(isMember, name)
    return {
      integration: read.must(read.isObjectName, told['integration']),
      to: read.must(isTestNumber, told['to']),
      ...read.may('from', told['from'], (from) => read.must(read.isDialable, from)),
      ...read.may('edge', told['edge'], (edge) => read.must(read.isHost, edge)),
      expect: read.must(isExpectation, told['expect']),
      maxSeconds: read.must(isMaxSeconds, told['maxSeconds']),
      seed: read.must(read.isUid, told['seed']),
      headers: readHeaders(told['headers'] ?? {}),
    }
  })
}

/** Words between us and ours, or for the client: nothing that a proxy or a telephone system acts on by its standard. */
const isHeaderName = (name: unknown): name is string =>
  typeof name === 'string' && /^X-Callbot-[A-Za-z0-9-]{1,40}$/i.test(name) && !/^X-Callbot-Media$/i.test(name)
const isFew = read.isWhole(0, MOST_HEADERS)

function readHeaders(value: unknown): Record<string, string> {
  const headers = Object.entries(read.membersOf(value))
  read.must(isFew, headers.length)
  return Object.fromEntries(
    headers.map(([name, text]) => [read.must(isHeaderName, name), read.must(read.isQuotable, text)]),
  )
}
