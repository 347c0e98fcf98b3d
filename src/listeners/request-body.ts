import type { IncomingMessage } from 'node:http'

/**
 * The body of a request as text. Undefined: it is longer than that, or broke off; the connection is then of no more use.
 * How long it may take is a limit of the server.
 */
export async function readBody(request: IncomingMessage, mostOctets: number): Promise<string | undefined> {
  const chunks: Buffer[] = []
  let octets = 0
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      octets += chunk.length
      if (octets > mostOctets) return undefined
      chunks.push(chunk)
    }
  } catch {
    return undefined
  }
  return Buffer.concat(chunks).toString('utf8')
}
