/**
 * A bot pod that plays a script, in a process of its own so that it can die in the middle of one:
 * `node scripted-pod-process.ts HOST PORT TLS_FOLDER SCRIPT`. SCRIPT is what it does at an INVITE, as JSON: a status to
 * answer, `{ "wait": ms }`, `"die"` (SIGKILL to itself), or a BYE: `"bye"` by the connection that the call came by, `"bye-elsewhere"` by one
 * of its own to the address in the Route. A line of JSON on its standard output tells each thing that happened.
 */
import { readFileSync } from 'node:fs'
import { connect, createServer, type TLSSocket } from 'node:tls'
import { respond } from '../../src/telephony/respond.ts'
import { Framer } from '../../src/wire/sip/framer.ts'
import { header, headers, type SipRequest } from '../../src/wire/sip/message.ts'
import { field, serialise } from '../../src/wire/sip/serialise.ts'

type Act = number | 'die' | 'bye' | 'bye-elsewhere' | { wait: number }

const [host = '', port = '', folder = '', text = '[200]'] = process.argv.slice(2)
const script = JSON.parse(text) as Act[]
const say = (what: object) => process.stdout.write(`${JSON.stringify(what)}\n`)
const read = (name: string) => readFileSync(`${folder}/${name}`)
const identity = { key: read('tls.key'), cert: read('tls.crt'), ca: read('ca.crt') }
const cancelled = new Set<string>()

function answer(socket: TLSSocket, request: SipRequest, status: number): void {
  const routes = request.headers.filter(({ id }) => id === 'record-route')
  const contact = field('Contact', `<sip:${host}:${port};transport=tls>`)
  const source = { address: socket.remoteAddress ?? '', port: socket.remotePort ?? 0 }
  const toTag = `${port}-${process.pid}`
  socket.write(serialise(respond(request, source, { status, headers: [...routes, contact], toTag })))
}

/** Hangs up along the route set (RFC 3261 12.2.1.1): the Record-Routes as they came, then the caller's Contact. */
function hangUp(socket: TLSSocket, invite: SipRequest, isElsewhere: boolean): void {
  const routes = headers(invite, 'record-route').flatMap((value) => value.split(/, */))
  const [, target = ''] = /<([^>]*)>/.exec(header(invite, 'contact')!)!
  const [, edge = '', edgePort = ''] = /sip:([^:;]+):(\d+)/.exec(routes[0]!)!
  const bye: SipRequest = {
    kind: 'request',
    method: 'BYE',
    uri: target,
    headers: [
      field('Via', `SIP/2.0/TLS ${host}:${port};branch=z9hG4bK${process.hrtime.bigint()}`),
      ...routes.map((value) => field('Route', value)),
      field('From', `${header(invite, 'to')};tag=${port}-${process.pid}`),
      field('To', header(invite, 'from')!),
      field('Call-ID', header(invite, 'call-id')!),
      field('CSeq', '1 BYE'),
      field('Max-Forwards', 70),
    ],
    body: Buffer.alloc(0),
    charset: 'utf8',
  }
  if (!isElsewhere) return void socket.write(serialise(bye))
  const to = { host: edge, port: Number(edgePort), localAddress: host }
  const own = connect({ ...to, ...identity, checkServerIdentity: () => undefined })
  own.on('data', (data: Buffer) => say({ byeAnswered: String(data).slice(8, 11) }))
  own.on('secureConnect', () => own.write(serialise(bye)))
}

async function play(socket: TLSSocket, invite: SipRequest): Promise<void> {
  const call = header(invite, 'call-id')!
  for (const act of script) {
    if (act === 'die') process.kill(process.pid, 'SIGKILL')
    else if (act === 'bye' || act === 'bye-elsewhere') hangUp(socket, invite, act === 'bye-elsewhere')
    else if (typeof act === 'object') await new Promise((resolve) => setTimeout(resolve, act.wait))
    else if (cancelled.has(call)) return
    else answer(socket, invite, act)
  }
}

const invites = new Map<string, SipRequest>()

function handle(socket: TLSSocket, request: SipRequest): void {
  const { method, uri } = request
  const call = header(request, 'call-id')!
  const words = request.headers.filter(({ name }) => /^x-callbot-/i.test(name)).map(({ name }) => name)
  if (method !== 'OPTIONS') say({ method, uri, routes: header(request, 'route'), call, words: words.join() })
  if (method === 'ACK') return
  if (method === 'INVITE') {
    invites.set(call, request)
    return void play(socket, request)
  }
  answer(socket, request, 200)
  if (method !== 'CANCEL') return
  cancelled.add(call)
  answer(socket, invites.get(call)!, 487)
}

const server = createServer({ ...identity, requestCert: true, rejectUnauthorized: true }, (socket) => {
  const framer = new Framer()
  socket.on('error', () => {})
  socket.on('data', (chunk: Buffer) => {
    for (const framed of framer.push(chunk)) if (framed.kind === 'request') handle(socket, framed)
  })
})
server.on('tlsClientError', (error) => say({ refused: error.message }))
server.listen(Number(port), host, () => say({ ready: true }))
