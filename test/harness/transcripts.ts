/** Namespaces that keep transcripts, in a database with room for them. */
import type { Roots } from '../../src/seal/roots.ts'
import { keep, keeping, makeRoom, someRoots, startStore, type KeepOptions, type StoredCalls } from './stored-calls.ts'

interface KeepTranscript extends Omit<KeepOptions, 'roots' | 'policy' | 'class'> {
  /** Seconds. Default: that of the room. */
  readonly life?: number
}

export interface Transcripts extends StoredCalls {
  /** Of all namespaces. */
  readonly roots: Roots
  /** Seals and stores the lines of a transcript. */
  keep(o: KeepTranscript): ReturnType<typeof keep>
}

/** @param life of transcripts for which there is room, in seconds */
export async function startTranscripts(life: number): Promise<Transcripts> {
  const [stored, roots] = [await startStore(), someRoots()]
  await makeRoom(stored.sweep, ['Transcript'], life)
  return {
    ...{ ...stored, roots },
    keep: ({ life: own = life, ...o }) =>
      keep({ ...o, roots, policy: keeping(own, 'Transcript'), class: 'Transcript' }),
  }
}
