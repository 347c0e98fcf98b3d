declare module 'sip' {
  /** What version 0.0.6 has of it that is measured here. */
  const sip: { parse(text: string): Record<string, unknown> | undefined; stringify(message: unknown): string }
  export default sip
}
