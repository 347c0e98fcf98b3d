/**
 * The log of a program. Nothing personal is in it: a message is a fixed text, and a field is of a type that can't hold what a caller said, a number, or
 * the words of an error that quotes them. `tsc` refuses all else.
 */

declare const LOGGABLE: unique symbol

/** Text that may stand in a log: made by the functions of `log-fields.ts` alone, each of which says what it takes. */
export type LogText = string & { readonly [LOGGABLE]: true }

/** True for texts that are written out in the program, such as 'Up' | 'Down'; false for `string` and for templates with a hole. */
type IsFixed<T> = T extends string ? (Record<never, never> extends Record<T, 1> ? false : true) : false

type Loggable<T> = T extends number | boolean | null | undefined | LogText
  ? T
  : T extends string
    ? IsFixed<T> extends true
      ? T
      : never
    : T extends readonly (infer Item)[]
      ? readonly Loggable<Item>[]
      : never

/** Fields by name, each of a type that may stand in a log. */
export type LogFields<F> = { readonly [K in keyof F]: Loggable<F[K]> }

type Message<M extends string> = IsFixed<M> extends true ? M : never

type Write = <F extends object, M extends string>(fields: F & LogFields<F>, message: Message<M> & M) => void

/** What the rooms need of a logger; pino fits it as it is. */
export interface Log {
  readonly debug: Write
  readonly info: Write
  readonly warn: Write
  readonly error: Write
}

/** Says nothing. */
export const silent: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
