/** A baresip's remote control: its module ctrl_tcp, which takes commands and sends events as JSON in netstrings. */
import { connect, type Socket } from 'node:net'
import { once } from 'node:events'
import { pause } from '../cluster/shell.ts'
import { createNetstringReader, netstring } from './netstring.ts'

export interface BaresipEvent {
  event: true
  /** CALL_RINGING, CALL_ESTABLISHED, CALL_MENC, CALL_CLOSED and others. */
  type: string
  param?: string
}

interface Reply {
  response: true
  ok: boolean
  data: string
  token: string
}

export interface Control {
  /** @returns what baresip says to it. @throws when baresip refuses */
  command(command: string, params?: string): Promise<string>
  close(): void
}

const CONNECT_TRIES = 100

/** @param onEvent called for each event, in order */
export async function connectControl(port: number, onEvent: (event: BaresipEvent) => void): Promise<Control> {
  const socket = await patientConnect(port)
  const waiting = new Map<string, (reply: Reply) => void>()
  const read = createNetstringReader()
  let tokens = 0
  socket.on('data', (piece: Buffer) => {
    for (const text of read(piece)) {
      const received = JSON.parse(text) as BaresipEvent | Reply
      if ('event' in received) onEvent(received)
      else waiting.get(received.token)?.(received)
    }
  })
  socket.on('error', () => undefined) // it ends with the process, which is watched
  return {
    async command(command, params) {
      const token = String(++tokens)
      const reply = new Promise<Reply>((resolve) => waiting.set(token, resolve))
      socket.write(netstring(JSON.stringify({ command, ...(params === undefined ? {} : { params }), token })))
      const { ok, data } = await reply
      waiting.delete(token)
      if (!ok) throw new Error(`baresip refuses ${command} ${params ?? ''}: ${data}`)
      return data
    },
    close: () => socket.destroy(),
  }
}

/** baresip listens some 100 ms after its start. */
async function patientConnect(port: number): Promise<Socket> {
  for (let tries = 1; ; tries++) {
    const socket = connect(port, '127.0.0.1')
    try {
      await once(socket, 'connect')
      return socket
    } catch (cause) {
      if (tries === CONNECT_TRIES) throw new Error(`baresip does not listen on port ${port}`, { cause })
      await pause(50)
    }
  }
}
