/** What a mounted Secret has, by key. */
export type MountedSecret = ReadonlyMap<string, string>

/** Which state of a mounted Secret is used from now on. */
export interface SecretDecision<T> {
  /** Undefined: there never was a valid one. */
  value: T | undefined
  /** What is wrong with the Secret, and what to do. Undefined: nothing. */
  because?: string
}
