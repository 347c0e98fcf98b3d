/**
 * A bug for the log: its kind and where it is, but not its message, which may quote what a caller said (as that of JSON.parse does).
 */
export function describeBug(error: unknown): { readonly bug: string; readonly at: string } {
  if (!(error instanceof Error)) return { bug: typeof error, at: 'unknown' }
  const at = /^\s+at (.+)$/m.exec(error.stack ?? '')?.[1] ?? 'unknown'
  return { bug: error.name, at }
}
