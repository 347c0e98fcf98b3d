/** A test, and the fields of which it shows what they do: it would fail if they did nothing. */
export interface Shown {
  readonly file: string
  /** The title of the test, or of its describe where titles are made from a table. */
  readonly test: string
  readonly fields: readonly string[]
}

export const of = (prefix: string, ...names: string[]) => names.map((name) => `${prefix}.${name}`)

/** The tests of fields that no other test shows. */
export const DO = 'test/unit/api/what-fields-do.test.ts'
