/** A client's trunk over TLS, for what SIPp of Debian can't do: it answers all with 200 and notes who asked. */
import { createServer, type TlsOptions, type TLSSocket } from 'node:tls'
import { Framer } from '../../src/wire/sip/framer.ts'
import { header, type SipRequest } from '../../src/wire/sip/message.ts'
import { field, serialise } from '../../src/wire/sip/serialise.ts'
import { respond } from '../../src/telephony/respond.ts'

export interface TlsTrunk {
  /** What each connection proved: its subjectAltName, or undefined. */
  peers(): (string | undefined)[]
  /** From which each connection came. */
  ports(): number[]
  servernames(): (string | false | null)[]
  methods(): string[]
  /** All fields of all requests, one a line. */
  sent(): string
  /** Request-URIs. */
  invites(): string[]
  /** By whom each INVITE was sent, as the certificate of its connection says: a subjectAltName, or undefined. */
  inviters(): (string | undefined)[]
  close(): Promise<void>
}

/** How it answers an INVITE: by default with 200. */
export type Answer = (invite: SipRequest) => { status: number; headers?: ReturnType<typeof field>[] }

/** @param tls with `ca`: who connects must show a certificate of it */
export async function startTlsTrunk(
  host: string,
  port: number,
  tls: { cert: string; key: string; ca?: string | string[]; SNICallback?: TlsOptions['SNICallback'] },
  answer: Answer = () => ({ status: 200 }),
): Promise<TlsTrunk> {
  const requests: SipRequest[] = []
  const ports: number[] = []
  const inviters: (string | undefined)[] = []
  const sockets: TLSSocket[] = []
  const isAsked = tls.ca !== undefined
  const server = createServer({ ...(tls as TlsOptions), requestCert: true, rejectUnauthorized: isAsked }, (socket) => {
    sockets.push(socket)
    ports.push(socket.remotePort ?? 0)
    const framer = new Framer()
    socket.on('error', () => {})
    socket.on('data', (chunk: Buffer) => {
      for (const request of framer.push(chunk)) {
        if (request.kind !== 'request') continue
        requests.push(request)
        if (request.method === 'INVITE') inviters.push(socket.getPeerX509Certificate()?.subjectAltName)
        if (request.method !== 'ACK') socket.write(answered(request, { host, port }, answer))
      }
    })
  })
  await new Promise<void>((resolve) => server.listen(port, host, resolve))
  return {
    peers: () => sockets.map((socket) => socket.getPeerX509Certificate()?.subjectAltName),
    ports: () => ports,
    servernames: () => sockets.map((socket) => socket.servername ?? null),
    sent: () => requests.flatMap(({ headers }) => headers.map(({ name, value }) => `${name}: ${value}`)).join('\n'),
    inviters: () => inviters,
    methods: () => requests.map(({ method }) => method),
    invites: () => requests.filter(({ method }) => method === 'INVITE').map(({ uri }) => uri),
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function answered(request: SipRequest, { host, port }: { host: string; port: number }, answer: Answer): Buffer {
  const { status, headers = [] } = request.method === 'INVITE' ? answer(request) : { status: 200 }
  const routes = request.headers.filter(({ id }) => id === 'record-route')
  const contact = field('Contact', `<sip:desk@${host}:${port};transport=tls>`)
  const toTag = `t${header(request, 'call-id')?.length ?? 0}`
  const all = [...routes, contact, ...headers]
  return serialise(respond(request, { address: host, port }, { status, headers: all, toTag }))
}
