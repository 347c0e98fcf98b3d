import type { FuzzResult } from '../sip.ts'
import { describeFinding } from './describe-finding.ts'
import { playRoundApart } from './namespace.ts'

/** @throws Error with all that was found, seeds and octets, if somebody was harmed */
export async function fuzzEdge({ seconds, seed }: { seconds: number; seed: number }): Promise<FuzzResult> {
  const round = await playRoundApart({ seed, seconds, mutations: Number.MAX_SAFE_INTEGER, findings: 20 })
  if (round.findings.length > 0) throw new Error(round.findings.map(describeFinding).join('\n'))
  return { messages: round.mutations, outcomes: round.outcomes, slowestMs: round.longestStallMs }
}
