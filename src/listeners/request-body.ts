import type { IncomingMessage } from 'node:http'

/**
 * The body of a request as text. Undefined: it is longer than that, or broke off; the connection is then of no more use.
 * How long it may take is a limit of the server. Its octets are overwritten: they may be the words of a caller.
 */
export async function readBody(request: IncomingMessage, mostOctets: number): Promise<string | undefined> {
  const chunks: Buffer[] = []
  try {
    if (await readInto(chunks, request, mostOctets)) return textOf(chunks)
  } catch {
    return undefined
  } finally {
    overwrite(chunks)
  }
}

/** @returns whether they are all of it */
async function readInto(chunks: Buffer[], request: IncomingMessage, mostOctets: number): Promise<boolean> {
  let octets = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    chunks.push(chunk)
    octets += chunk.length
    if (octets > mostOctets) return false
  }
  return true
}

function textOf(chunks: readonly Buffer[]): string {
  const whole = Buffer.concat(chunks)
  const text = whole.toString('utf8')
  overwrite([whole])
  return text
}

const overwrite = (all: readonly Buffer[]): void => all.forEach((each) => each.fill(0))
