import { connect } from 'node:net'
import type { Clock } from '../runtime/clock.ts'
import { decodeRpcReply, encodeRpcRequest, type RpcReply, type RpcValue } from '../wire/binrpc.ts'

export type ProxyAnswer =
  | { readonly ok: true; readonly values: RpcValue[] }
  /** `away`: nobody listens, or no answer in time. `refused`: Kamailio said no, in words of its own. */
  | { readonly ok: false; readonly why: 'away' | 'refused'; readonly because: string }

/** Asks the SIP proxy beside us to do something: `htable.reload`, `dispatcher.reload`, `tls.reload` ... */
export interface ProxyRpc {
  call(method: string, ...params: (string | number)[]): Promise<ProxyAnswer>
}

/** Speaks to Kamailio's control socket, a unix stream socket that no network reaches. A connection for each call. */
export function createProxyRpc(o: { socket: string; clock: Clock; timeoutMs: number }): ProxyRpc {
  let cookie = 0
  return {
    call: (method, ...params) => {
      cookie = (cookie + 1) % 0x7fff_ffff
      return ask(o, encodeRpcRequest(cookie, method, params), cookie)
    },
  }
}

function ask(
  o: { socket: string; clock: Clock; timeoutMs: number },
  request: Buffer,
  cookie: number,
): Promise<ProxyAnswer> {
  return new Promise((resolve) => {
    const socket = connect(o.socket)
    const done = (answer: ProxyAnswer) => {
      cancel()
      socket.destroy()
      resolve(answer)
    }
    const cancel = o.clock.after(o.timeoutMs, () => done(away('no answer in time')))
    let received = Buffer.alloc(0)
    socket.on('error', (error: NodeJS.ErrnoException) => done(away(error.code ?? 'the connection broke')))
    socket.on('close', () => done(away('the connection was closed before the answer')))
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk])
      const reply = decodeRpcReply(received)
      if (reply !== undefined) done(judge(reply, cookie))
    })
    socket.write(request)
  })
}

const away = (because: string): ProxyAnswer => ({ ok: false, why: 'away', because })

function judge(reply: RpcReply, cookie: number): ProxyAnswer {
  if (reply.kind === 'nonsense') return away(reply.because)
  if (reply.cookie !== cookie) return away('an answer to another question')
  if (reply.kind === 'fault') return { ok: false, why: 'refused', because: `${reply.code} ${reply.because}` }
  return { ok: true, values: reply.values }
}
