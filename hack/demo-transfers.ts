/** A caller of `make demo` who wants a person, and hears by the pitch of the hum at which of the client's places one answered. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { answered, type Baresip } from './calls/baresip.ts'
import { startCaller } from './calls/conversation.ts'
import { edgeUri, readyEdges } from './calls/edges.ts'
import { lastHeard } from './calls/sound-activity.ts'
import { SAMPLE_NUMBER } from './calls/sample-callers.ts'
import { loudness, shareAt } from './calls/sound.ts'
import { HUMS } from './client/manifests.ts'
import { until } from './cluster/shell.ts'

export interface Transfer {
  /** The place of the client that answered. */
  answeredBy: string
  /** From the wish to the person's voice, what the bot says in between included. */
  seconds: number
}

/** The key that the sample bot knows for the practice's secretary. */
const SECRETARY = '3'
const ANSWER_SECONDS = 15
const PATIENCE_SECONDS = 40
/** A greeting and a question have been heard, and nothing for so long: now people answer. */
const GREETING_SECONDS = 5
const POLITE_SECONDS = 0.8
/** A hum is this loud, for so long, and nearly nothing else is heard: what the bot says meanwhile is none. */
const HUM = { loudness: 1_000, seconds: 0.4, share: 0.8 }

/** @throws when nobody answers, or the bot can't be phoned */
export async function askForAPerson(): Promise<Transfer> {
  const folder = mkdtempSync(join(tmpdir(), 'callbot-transfer-'))
  const caller = await startCaller({ folder, edges: await readyEdges() })
  try {
    await caller.dial(edgeUri(SAMPLE_NUMBER))
    await answered(caller, ANSWER_SECONDS)
    await until('the bot to ask', PATIENCE_SECONDS, () => hasAsked(caller))
    const wished = performance.now()
    await caller.press(SECRETARY)
    await until('a person to answer', PATIENCE_SECONDS, () => whoAnswered(caller) !== undefined)
    const seconds = Math.round((performance.now() - wished) / 100) / 10
    const answeredBy = whoAnswered(caller)!
    await caller.hangUp()
    await caller.outcome
    return { answeredBy, seconds }
  } finally {
    await caller.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

function hasAsked(caller: Baresip): boolean {
  const { soundSeconds, soundEnded = 0, seconds } = caller.heard()
  return soundSeconds > GREETING_SECONDS && seconds - soundEnded > POLITE_SECONDS
}

function whoAnswered(caller: Baresip): string | undefined {
  const file = caller.recording()
  const heard = file === undefined ? new Int16Array(0) : lastHeard(file, HUM.seconds)
  if (loudness(heard) < HUM.loudness) return undefined
  return Object.keys(HUMS).find((place) => shareAt(HUMS[place]!, heard) > HUM.share)
}
