import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { streamLine } from './lines.ts'
import { playCall, type Step } from './play-call.ts'
import { type Content, octetsOf } from './sip-text.ts'
import { EDGE } from './sites.ts'
import { DESK, type FuzzStage } from './stage.ts'
import { watchWire } from './wire-watch.ts'

/** A hostile message that was found, octet by octet, as test/fixtures/sdp/aims.json keeps it. */
export interface NamedCase {
  /** What is wrong with it. */
  readonly name: string
  /** Who calls whom: from outside to a pod, or from a pod to a trunk. */
  readonly call: 'in' | 'out'
  readonly step: Step
  readonly by?: 'caller' | 'callee'
  /** Default: `application/sdp`. */
  readonly headers?: readonly string[]
  /** Octets as latin1. */
  readonly body: string
}

export interface CaseResult {
  readonly name: string
  /** What became of the hostile message: its step and the status. */
  readonly outcome: string
  /** Packets that went to where nobody's party is. */
  readonly strayed: readonly string[]
  /** Packets that the ends of this call have heard. */
  readonly heard: { caller: number; callee: number }
}

/** Plays each alone. */
export async function playCases(stage: FuzzStage, cases: readonly NamedCase[]): Promise<CaseResult[]> {
  const folder = mkdtempSync(join(tmpdir(), 'callbot-cases-'))
  const results: CaseResult[] = []
  try {
    for (const [nth, one] of cases.entries()) results.push(await playCase(stage, one, nth, folder))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  return results
}

async function playCase(stage: FuzzStage, one: NamedCase, nth: number, folder: string): Promise<CaseResult> {
  const { call, step, by = 'caller' } = one
  const [pod, outside] = [stage.pods[nth % stage.pods.length]!, stage.callers[0]!]
  const isIn = call === 'in'
  const [caller, callee] = isIn ? [outside, pod] : [pod, stage.trunk]
  const line = isIn ? outside.line : await streamLine(pod.mailbox, pod.address, pod.identity)
  const before = { caller: caller.media.heard, callee: callee.media.heard }
  const ended = await watchWire(folder, { parties: stage.parties, named: () => false })
  const { said: outcome } = await playCall({
    ...{ callId: `case${nth}`, line, caller, callee, step, by, content: () => contentOfCase(one, pod.address) },
    target: isIn ? `sip:${pod.number}@${EDGE}` : `sip:${DESK}@desk.hostile.trunks`,
    ...(isIn ? {} : { headers: ['X-Callbot-Media: Plain'] }),
  })
  if (!isIn) line.close()
  const { strayed } = await ended()
  return {
    ...{ name: one.name, outcome, strayed: strayed.map(({ fault }) => fault) },
    heard: { caller: caller.media.heard - before.caller, callee: callee.media.heard - before.callee },
  }
}

/** POD stands for the address of the pod that plays. */
function contentOfCase({ headers = ['Content-Type: application/sdp'], body }: NamedCase, pod: string): Content {
  const octets = octetsOf(body.replaceAll('POD', pod))
  return { headers: [...headers, `Content-Length: ${octets.length}`], body: octets }
}
