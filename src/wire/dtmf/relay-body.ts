/** The key in a body of `application/dtmf-relay`, as some telephone systems send it by INFO: a line `Signal=5`. Undefined: it has none. */
export const signalIn = (body: Uint8Array): string | undefined =>
  /^[ \t]*Signal[ \t]*=[ \t]*(\S)/im.exec(Buffer.from(body).toString('latin1'))?.[1]
