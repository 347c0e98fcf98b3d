/** What a run plays, what is left, and an estimate of how long that takes. */

export interface Progress {
  /** A group begins. @returns the line that says so */
  begins(group: readonly string[]): string
  ended(group: readonly string[]): void
}

/**
 * Pure but for what it remembers.
 * @param files all of a run. @param seconds what each takes. @param lanes that play beside each other
 */
export function createProgress(files: readonly string[], seconds: (file: string) => number, lanes: number): Progress {
  const left = new Set(files)
  return {
    begins(group) {
      const minutes = [...left].reduce((sum, file) => sum + seconds(file), 0) / lanes / 60
      const names = group.map((file) => file.replace(/^test\/(.*)\.test\.ts$/, '$1'))
      const shown = names.length > 3 ? [...names.slice(0, 2), `${names.length - 2} more`] : names
      return `${shown.join(', ')}; ${left.size} of ${files.length} files left, about ${Math.ceil(minutes)} min`
    },
    ended(group) {
      for (const file of group) left.delete(file)
    },
  }
}
