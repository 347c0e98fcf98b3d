import { toOctets } from '../../wire/wav.ts'
import type { SpeakJob } from './text-to-speech.ts'
import type { Pool } from '../worker-pool.ts'
import { PromptCache, promptKey } from './prompt-cache.ts'
import { sentencesOf } from './sentence-splitter.ts'

/** Silence between two sentences, seconds. */
const PAUSE = 0.25

export interface Utterance {
  readonly model: string
  readonly voice: string
  readonly text: string
  readonly speed: number
  readonly sampleRate: number
}

export interface Synthesiser {
  /** Linear 16 bit samples, little endian, sentence by sentence as each is ready. Nothing of it is kept. */
  live(utterance: Utterance, o: { timeoutMs: number; signal: AbortSignal; tenant: string }): AsyncGenerator<Buffer>
  /** The same as a whole for a fixed text: kept in memory, and rendered once however many ask for it at a time. */
  prompt(utterance: Utterance, tenant: string): Promise<Buffer>
}

export function createSynthesiser(pool: Pool<SpeakJob, Int16Array>, cache: PromptCache): Synthesiser {
  const underWay = new Map<string, Promise<Buffer>>()

  async function* live(
    utterance: Utterance,
    o: { timeoutMs: number; signal: AbortSignal; tenant: string },
  ): AsyncGenerator<Buffer, void> {
    const kept = cache.get(promptKey(utterance))
    if (kept !== undefined) return yield kept
    const jobs = jobsOf(utterance)
    for (const [index, job] of jobs.entries()) {
      // What has begun to sound goes on: only a first sentence is turned away when the lane is full.
      const samples = await pool.run(job, { lane: 'live', mustFit: index > 0, cost: job.text.length, ...o })
      yield withPause(samples, job, index === jobs.length - 1)
    }
  }

  async function render(utterance: Utterance, tenant: string): Promise<Buffer> {
    const jobs = jobsOf(utterance)
    const parts: Buffer[] = []
    for (const [index, job] of jobs.entries()) {
      const samples = await pool.run(job, { lane: 'ahead', mustFit: index > 0, cost: job.text.length, tenant })
      parts.push(withPause(samples, job, index === jobs.length - 1))
    }
    return Buffer.concat(parts)
  }

  function prompt(utterance: Utterance, tenant: string): Promise<Buffer> {
    const key = promptKey(utterance)
    const kept = cache.get(key)
    if (kept !== undefined) return Promise.resolve(kept)
    const other = underWay.get(key)
    if (other !== undefined) return other
    const made = render(utterance, tenant)
      .then((sound) => {
        cache.set(key, sound)
        return sound
      })
      .finally(() => underWay.delete(key))
    underWay.set(key, made)
    return made
  }
  return { live, prompt }
}

const jobsOf = ({ text, ...rest }: Utterance): SpeakJob[] =>
  sentencesOf(text).map((sentence) => ({ ...rest, text: sentence }))

function withPause(samples: Int16Array, { sampleRate }: SpeakJob, isLast: boolean): Buffer {
  const sound = toOctets(samples)
  return isLast ? sound : Buffer.concat([sound, Buffer.alloc(2 * Math.round(PAUSE * sampleRate))])
}
