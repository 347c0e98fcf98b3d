/**
 * A stranger who attacks a port of loopback, in a process of its own: `node attacker-process.ts PORT KIND ADDRESSES EACH`. From each of so many
 * addresses it keeps so many connections of a kind, and opens another for each that is taken from it. Ends with its parent.
 */
import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'

const [port = '', kind = '', addresses = '', each = ''] = process.argv.slice(2)
const EVERY_MS = 250
const trickle = (socket: Socket, octet: string | Buffer) => {
  const timer = setInterval(() => socket.writable && socket.write(octet), 200)
  socket.on('close', () => clearInterval(timer))
}

/** A ClientHello of TLS that is announced with 512 octets. */
const HELLO = Buffer.from([22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3])

/** What is done with a connection that stands. */
const KINDS: Record<string, { secure: boolean; act: (socket: Socket) => void }> = {
  silent: { secure: false, act: () => {} },
  'half-a-handshake': { secure: false, act: (socket) => socket.write(HELLO) },
  'slow-handshake': { secure: false, act: (socket) => (socket.write(HELLO), trickle(socket, Buffer.alloc(1))) },
  handshakes: { secure: true, act: (socket) => socket.destroy() },
  'idle-sessions': { secure: true, act: () => {} },
  'slow-headers': {
    secure: true,
    act: (socket) => (socket.write('GET /healthz HTTP/1.1\r\nX: '), trickle(socket, 'x')),
  },
  'half-a-request': { secure: true, act: (socket) => socket.write('GET /healthz HTTP/1.1\r\nHost: a\r\n') },
  'slow-body': {
    secure: true,
    act: (socket) => (socket.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 900\r\n\r\n'), trickle(socket, 'x')),
  },
  unread: {
    secure: true,
    act(socket) {
      socket.pause()
      socket.write('GET /readyz HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(2_000))
    },
  },
}

const { secure, act } = KINDS[kind]!

function open(localAddress: string): void {
  const again = () => setTimeout(() => open(localAddress), EVERY_MS)
  const target = { host: '127.0.0.1', port: Number(port), localAddress }
  const socket = secure
    ? connectTls({ socket: connect(target), rejectUnauthorized: false }, () => act(socket))
    : connect(target, () => act(socket))
  socket.on('error', () => {})
  socket.on('close', again)
}

for (let address = 0; address < Number(addresses); address++)
  for (let one = 0; one < Number(each); one++) open(`127.0.${40 + (address >> 7)}.${1 + (address & 127)}`)
process.stdin.on('end', () => process.exit()).resume()
process.stdout.write('attacking\n')
