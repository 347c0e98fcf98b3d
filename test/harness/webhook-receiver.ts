/** A client's HTTPS server for webhooks. It verifies what comes by a package of Standard Webhooks, not by code of ours. */
import { createServer, type Server } from 'node:https'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { Webhook } from 'standardwebhooks'
import { pause } from '../../hack/cluster/shell.ts'
import type { Authority } from './authority.ts'

export interface ReceivedMessage {
  readonly id: string
  /** By which of the secrets it is signed. */
  readonly signedBy: readonly string[]
  readonly path: string
  readonly data: { call: string; policy: string; records: { class: string; content: Record<string, unknown> }[] }
  /** Milliseconds since 1970. */
  readonly at: number
  /** What was answered. */
  readonly as: Behaviour
}

/** A status, with headers or after a while; no answer at all; or a connection that is taken and says nothing, not even TLS. */
export type Behaviour =
  number | { status: number; headers?: Record<string, string>; afterMs?: number } | 'no-answer' | 'no-tls'

export interface WebhookReceiver {
  readonly port: number
  /** For what comes from now on. */
  behaviour: Behaviour
  readonly messages: ReceivedMessage[]
  /** Requests whose signature no secret verifies. */
  readonly unsigned: string[]
  readonly connections: () => number
  /** Called when a message has come, before it is answered. */
  onMessage: (() => void) | undefined
  /** Called when an answer was written. */
  onAnswer: (() => void) | undefined
  /** As if it was killed: whoever is connected is cut off, and nobody can connect. */
  close(): Promise<void>
  /** It listens again, where it did. */
  reopen(): Promise<void>
}

/**
 * Its certificate is for localhost.
 * @param address where it listens; default: loopback
 * @param isSigned what it verifies by; default: the npm package
 */
export async function startReceiver(
  authority: Authority,
  secrets: readonly string[],
  address = '127.0.0.1',
  isSigned: (
    secret: string,
    text: string,
    headers: Record<string, string>,
  ) => boolean | Promise<boolean> = isSignedByNpm,
): Promise<WebhookReceiver> {
  const { cert, key } = authority.issue(['localhost'])
  const sockets = new Set<Socket>()
  let connections = 0
  const server: Server = createServer({ cert, key }, (request, response) => void take(request, response))
  const handshake = server.listeners('connection') as ((socket: Socket) => void)[]
  server.removeAllListeners('connection')
  server.on('connection', (socket: Socket) => {
    connections++
    sockets.add(socket)
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket))
    if (receiver.behaviour !== 'no-tls') for (const each of handshake) each.call(server, socket)
    else receiver.onMessage?.()
  })

  async function take(request: IncomingMessage, response: ServerResponse) {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const text = Buffer.concat(chunks).toString()
    const headers = request.headers as Record<string, string>
    const as = receiver.behaviour
    const verified = await Promise.all(secrets.map((secret) => isSigned(secret, text, headers)))
    const signedBy = secrets.filter((_, index) => verified[index])
    if (signedBy.length === 0) receiver.unsigned.push(text)
    else {
      const { data } = JSON.parse(text) as { data: ReceivedMessage['data'] }
      const { url: path = '' } = request
      receiver.messages.push({ id: headers['webhook-id']!, signedBy, path, data, at: Date.now(), as })
    }
    receiver.onMessage?.()
    if (as === 'no-answer' || as === 'no-tls') return
    const { status, headers: more = {}, afterMs = 0 } = typeof as === 'number' ? { status: as } : as
    if (afterMs > 0) await pause(afterMs)
    response.writeHead(status, more).end(() => receiver.onAnswer?.())
  }

  const listen = (port: number) => new Promise<void>((resolve) => server.listen(port, address, resolve))
  await listen(0)
  const receiver: WebhookReceiver = {
    port: (server.address() as AddressInfo).port,
    ...{ behaviour: 204, messages: [], unsigned: [], connections: () => connections },
    ...{ onMessage: undefined, onAnswer: undefined },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
    reopen: () => listen(receiver.port),
  }
  return receiver
}

function isSignedByNpm(secret: string, text: string, headers: Record<string, string>): boolean {
  try {
    new Webhook(secret).verify(text, headers)
    return true
  } catch {
    return false
  }
}
