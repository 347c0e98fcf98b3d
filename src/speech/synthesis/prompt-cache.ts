import { createHash } from 'node:crypto'

/**
 * Rendered prompts in memory, the least used of them out first. Only what a client marks as a fixed text comes here: what
 * names a caller is never kept. Nothing is written to a disk.
 */
export class PromptCache {
  private readonly kept = new Map<string, Buffer>()
  private readonly most: number
  private bytes = 0

  /** @param most octets of sound */
  constructor(most: number) {
    this.most = most
  }

  get(key: string): Buffer | undefined {
    const sound = this.kept.get(key)
    if (sound === undefined) return undefined
    this.kept.delete(key)
    this.kept.set(key, sound)
    return sound
  }

  set(key: string, sound: Buffer): void {
    this.bytes += sound.length - (this.kept.get(key)?.length ?? 0)
    this.kept.delete(key)
    this.kept.set(key, sound)
    for (const [oldest, { length }] of this.kept) {
      if (this.bytes <= this.most) return
      this.kept.delete(oldest)
      this.bytes -= length
    }
  }

  get size(): { prompts: number; bytes: number } {
    return { prompts: this.kept.size, bytes: this.bytes }
  }
}

/** Changes with everything that changes the sound. The words can't be read back from it. */
export const promptKey = (o: {
  model: string
  voice: string
  text: string
  speed: number
  sampleRate: number
}): string =>
  createHash('sha256')
    .update(JSON.stringify([o.model, o.voice, o.text, o.speed, o.sampleRate]))
    .digest('base64')
