/** Values that go with a log line. Nothing personal: the message is a static text, and a value never carries a caller's data. */
export type LogFields = Record<string, unknown>

/** What the rooms need of a logger; pino fits it as it is. */
export interface Log {
  debug(fields: LogFields, message: string): void
  info(fields: LogFields, message: string): void
  warn(fields: LogFields, message: string): void
  error(fields: LogFields, message: string): void
}

/** Says nothing. */
export const silent: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
