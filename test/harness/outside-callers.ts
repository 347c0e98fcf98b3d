/** Calls that come from outside the cluster, by telephones and telephone systems that we didn't write. */
import type { CallLife } from '../../hack/calls/lives.ts'
import { publicAddressOf } from '../../hack/cluster/outside.ts'
import { join, silence } from '../../hack/calls/sound.ts'
import { vowels } from './vowels.ts'

/** Where a caller is, and how he calls. */
export const KINDS = [
  { place: 'carrier', transport: 'tls', srtp: 'Mandatory' },
  { place: 'home', transport: 'udp', srtp: 'None' },
  { place: 'carrier', transport: 'udp', srtp: 'None' },
  { place: 'home', transport: 'tls', srtp: 'Mandatory' },
] as const
export type Kind = (typeof KINDS)[number]

/** One call to be placed. */
export interface OutsideCaller {
  kind: Kind
  /** Which one of all calls: callers at the same place need ports of their own. */
  at: number
  /** Where its files go: of this call alone. */
  folder: string
  number: string
  /** The node whose edge is called, at its public address. */
  node: string
  /** The authority of the edges' certificates (PEM). */
  ca: string
  /** From the answer until the bot has spoken and has put the caller through. Before, callers hear a ringing tone, which is sound, too. */
  speaksAfterSeconds: number
}

/** How one went, by its caller. */
export interface OutsideCall {
  problem: string | undefined
  /** Seconds with sound before the caller speaks: the bot's. */
  botSeconds: number
  /** And after: his own voice, which came back. */
  echoSeconds: number
  isEncrypted: boolean
  /** Where and when he heard; undefined: the call was not answered. */
  life: CallLife | undefined
  /** Each message of SIP that he saw, if his program writes them down. */
  messages?: string
}

/** A program places a call, and hangs up after it has spoken. */
export type OutsideProgram = (caller: OutsideCaller) => Promise<OutsideCall>

export const isTls = ({ kind }: Pick<OutsideCaller, 'kind'>) => kind.transport === 'tls'

/** +33612340017 for the 17th. */
export const numberOf = ({ at }: Pick<OutsideCaller, 'at'>) => `+3361234${String(at).padStart(4, '0')}`

export const edgeOf = ({ node }: Pick<OutsideCaller, 'node'>) => publicAddressOf(node)

export const SPEAK_SECONDS = 2

/** What a caller plays who can't hear when it is his turn. */
export const turnAfter = (seconds: number) => join(silence(seconds), vowels(SPEAK_SECONDS), silence(1))

export const notAnswered = (problem: string): OutsideCall => ({
  ...{ problem, botSeconds: 0, echoSeconds: 0, isEncrypted: false, life: undefined },
})
