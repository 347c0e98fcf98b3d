import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

/** A wire that can be cut, stalled and repaired, between a client and a server on loopback. */
export interface TcpProxy {
  url: string
  /** Connections opened through it so far. */
  readonly accepted: number
  /** Both directions stop, and no FIN is sent: a black hole. New connections open and get no answer. */
  stall(): void
  /** Present connections stall for good; new ones are well. */
  stallPresent(): void
  /** Requests of present connections still arrive, and no answer comes back. */
  muteAnswers(): void
  /** What was stalled goes on. */
  resume(): void
  /** All present connections are reset. */
  drop(): void
  /** New connections are reset at once, too, until `repair`. */
  refuse(): void
  repair(): void
  close(): Promise<void>
}

/** @param at where it listens; absent: at a port that the kernel chooses */
export async function startTcpProxy(target: string, at?: { host: string; port: number }): Promise<TcpProxy> {
  const { hostname, port, protocol } = new URL(target)
  const pairs = new Set<[Socket, Socket]>()
  let stalled = false
  let refusing = false
  let accepted = 0
  const server = createServer((client) => {
    accepted++
    if (refusing) return void client.resetAndDestroy()
    const upstream = connect(Number(port), hostname)
    const pair: [Socket, Socket] = [client, upstream]
    pairs.add(pair)
    for (const [from, to] of [pair, [upstream, client] as const]) {
      from.on('data', (chunk) => to.write(chunk))
      from.on('error', () => to.destroy())
      from.on('close', () => (to.destroy(), pairs.delete(pair)))
      if (stalled) from.pause()
    }
  })
  await new Promise<void>((resolve) => server.listen(at?.port ?? 0, at?.host ?? '127.0.0.1', resolve))
  const each = (act: (socket: Socket) => void) => [...pairs].flat().forEach(act)
  return {
    url: `${protocol}//127.0.0.1:${(server.address() as AddressInfo).port}`,
    get accepted() {
      return accepted
    },
    stall() {
      stalled = true
      each((socket) => socket.pause())
    },
    stallPresent: () => each((socket) => socket.pause()),
    muteAnswers: () => [...pairs].forEach(([, upstream]) => upstream.pause()),
    resume() {
      stalled = false
      each((socket) => socket.resume())
    },
    drop: () => each((socket) => socket.resetAndDestroy()),
    refuse() {
      refusing = true
      each((socket) => socket.resetAndDestroy())
    },
    repair: () => void (refusing = false),
    close() {
      each((socket) => socket.destroy())
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}
