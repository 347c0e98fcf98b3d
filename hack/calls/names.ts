/** A name server for one caller: certificates prove names, and the names of a cluster are known only inside of it. */
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'

const TYPE_A = 1
const NAME_ERROR = 3

export interface NameServer {
  port: number
  close(): void
}

/** Answers on loopback for `names` (name -> IPv4 addresses) and denies all others (RFC 1035). */
export async function startNameServer(names: Record<string, readonly string[]>): Promise<NameServer> {
  const socket: Socket = createSocket('udp4')
  socket.on('message', (query, from) => {
    const answer = answerQuery(query, names)
    if (answer) socket.send(answer, from.port, from.address)
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  return { port: socket.address().port, close: () => socket.close() }
}

/** Undefined when the query can't be read. */
export function answerQuery(query: Buffer, names: Record<string, readonly string[]>): Buffer | undefined {
  const question = readQuestion(query)
  if (question === undefined) return undefined
  const known = names[question.name]
  const addresses = question.type === TYPE_A ? (known ?? []) : []
  const header = Buffer.from(query.subarray(0, 12))
  header.writeUInt16BE(0x8400 | (known ? 0 : NAME_ERROR), 2)
  header.writeUInt16BE(1, 4)
  header.writeUInt16BE(addresses.length, 6)
  header.writeUInt32BE(0, 8)
  return Buffer.concat([header, query.subarray(12, question.end), ...addresses.map(addressRecord)])
}

/** The first question of a query: its name in small letters and where it ends. */
function readQuestion(query: Buffer): { name: string; type: number; end: number } | undefined {
  const labels: string[] = []
  let at = 12
  while (at < query.length && query[at] !== 0) {
    const length = query[at]!
    labels.push(query.toString('latin1', at + 1, at + 1 + length))
    at += 1 + length
  }
  if (at + 5 > query.length) return undefined
  return { name: labels.join('.').toLowerCase(), type: query.readUInt16BE(at + 1), end: at + 5 }
}

function addressRecord(address: string): Buffer {
  // A pointer to the name in the question, type A, class IN, 5 s to live, four octets.
  return Buffer.concat([
    Buffer.from([0xc0, 12, 0, TYPE_A, 0, 1, 0, 0, 0, 5, 0, 4]),
    Buffer.from(address.split('.').map(Number)),
  ])
}
