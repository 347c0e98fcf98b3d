import { watch } from 'node:fs'
import { basename, dirname } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { EXIT } from './files.ts'

/** An editor writes a file in several moves. */
const QUIET_MS = 100

/**
 * Runs, and again with each change of one of the files, also one that was deleted and is back, until the signal.
 * @returns the exit code of the last run
 */
export async function watchFiles(
  files: readonly string[],
  run: () => Promise<number>,
  write: (line: string) => void,
  signal: AbortSignal = new AbortController().signal,
): Promise<number> {
  let isChanged = true
  let wake = () => {}
  for (const [folder, own] of Map.groupBy(files, dirname)) {
    const names = new Set(own.map((file) => basename(file)))
    watch(folder, { signal }, (_, name) => {
      if (name !== null && !names.has(name)) return
      isChanged = true
      wake()
    })
  }
  let code: number = EXIT.fine
  signal.addEventListener('abort', () => wake(), { once: true })
  while (!signal.aborted) {
    if (!isChanged) await new Promise<void>((resolve) => (wake = resolve))
    if (signal.aborted) break
    await pause(QUIET_MS)
    isChanged = false
    code = await run().catch((error: Error) => {
      write(`Error: ${error.message}`)
      return EXIT.invalid
    })
    write(`-- ${new Date().toISOString().slice(11, 19)}, waiting for a change of ${files.join(', ')}`)
  }
  return code
}
