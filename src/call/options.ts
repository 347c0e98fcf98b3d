/** What a person asks of `callbot call`, checked. */
import { expectations, type Expectation } from '../caller/judge/result.ts'

/** As they are typed. */
export interface CallOptions {
  /** Undefined: a bot's that the operator has published in `namespace`. */
  readonly to?: string
  readonly namespace: string
  readonly edge: string
  readonly serverName?: string
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
  readonly from?: string
  readonly expect: string
  readonly seconds: string
  readonly wait: string
  readonly output: string
}

export interface CallRequest {
  readonly host: string
  readonly port: number
  readonly serverName: string
  /** The user part of From; undefined: withheld. */
  readonly from: string | undefined
  readonly expect: Expectation
  readonly seconds: number
  /** For so long it is tried again. */
  readonly waitSeconds: number
  readonly isJson: boolean
}

export const DEFAULTS = {
  namespace: 'callbot-system',
  edge: 'callbot-edge.callbot-system.svc:5061',
  expect: 'voice',
  seconds: '20',
  wait: '0',
  output: 'text',
}
/** A number or an extension, as it stands in a SIP URI without escapes. */
const USER = /^\+?[0-9A-Za-z*#._-]{1,64}$/
const EDGE = /^(\[[0-9a-f:.]+\]|[^:\s/]+)(?::(\d{1,5}))?$/i
const SIPS_PORT = 5061
const LONGEST_SECONDS = 120
const LONGEST_WAIT_SECONDS = 3_600

/** @returns what is to be done, or what is wrong with what was typed and its cure */
export function readCallOptions(o: CallOptions): CallRequest | { readonly problem: string } {
  const edge = EDGE.exec(o.edge)
  const port = Number(edge?.[2] ?? SIPS_PORT)
  if (edge === null || port < 1 || port > 65_535)
    return {
      problem: `--edge ${o.edge}: write a name or an address, with a port if it is not 5061: edge.example.com:5061`,
    }
  for (const [name, value] of [
    ['--to', o.to],
    ['--from', o.from],
  ] as const)
    if (value !== undefined && !USER.test(value))
      return { problem: `${name} ${value}: write a number such as +33199000001` }
  const expect = expectations.find((each) => each.toLowerCase() === o.expect)
  if (expect === undefined)
    return {
      problem: `--expect ${o.expect}: write one of ${expectations.map((each) => each.toLowerCase()).join(', ')}`,
    }
  const seconds = Number(o.seconds)
  if (!(seconds >= 1 && seconds <= LONGEST_SECONDS))
    return { problem: `--seconds ${o.seconds}: write 1 to ${LONGEST_SECONDS}` }
  const waitSeconds = Number(o.wait)
  if (!(waitSeconds >= 0 && waitSeconds <= LONGEST_WAIT_SECONDS))
    return { problem: `--wait ${o.wait}: write 0 to ${LONGEST_WAIT_SECONDS} seconds` }
  if (o.output !== 'text' && o.output !== 'json') return { problem: `--output ${o.output}: write text or json` }
  if ((o.cert === undefined) !== (o.key === undefined))
    return { problem: '--cert and --key go together: give both, or none' }
  const host = edge[1]!.replace(/^\[|\]$/g, '')
  const isJson = o.output === 'json'
  return { host, port, serverName: o.serverName ?? host, from: o.from, expect, seconds, waitSeconds, isJson }
}
