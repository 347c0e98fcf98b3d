// @seconds 5
import { expect } from 'chai'
import { spawn, type ChildProcess } from 'node:child_process'
import { createSocket, type Socket as UdpSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { eventually } from '../../harness/eventually.ts'

const FROZEN_MS = 1_500
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

interface Line {
  ports?: { udp: number; tcp: number }
  call?: string
  ended?: string
  cause?: string
  warning?: string
}

describe('a pod whose process is stopped and goes on (SIGSTOP, SIGCONT)', () => {
  let child: ChildProcess
  let lines: Line[]
  let tcp: Socket
  let udp: UdpSocket
  let heard: string
  let ports: { udp: number; tcp: number }

  beforeEach(async () => {
    lines = []
    heard = ''
    child = spawn(process.execPath, ['test/harness/sip-agent-process.ts'], { stdio: ['ignore', 'pipe', 'inherit'] })
    createInterface({ input: child.stdout! }).on('line', (line) => lines.push(JSON.parse(line) as Line))
    await eventually(() => expect(lines[0]?.ports).to.exist)
    ports = lines[0]!.ports!
    tcp = connect(ports.tcp, '127.0.0.1')
    tcp.on('data', (chunk) => (heard += String(chunk)))
    await once(tcp, 'connect')
    udp = createSocket('udp4')
    udp.on('message', (datagram) => (heard += String(datagram)))
  })
  afterEach(() => {
    tcp.destroy()
    udp.close()
    child.kill('SIGKILL')
  })

  const message = (method: string, id: string, o: { toTag?: string; number?: number; transport?: string } = {}) =>
    [
      `${method} sip:bot@127.0.0.1 SIP/2.0`,
      `Via: SIP/2.0/${o.transport ?? 'TCP'} 127.0.0.1:1;branch=z9hG4bK${id}${o.toTag === undefined ? '' : method};rport`,
      'From: <sip:a@127.0.0.1>;tag=1',
      `To: <sip:bot@127.0.0.1>${o.toTag === undefined ? '' : `;tag=${o.toTag}`}`,
      `Call-ID: ${id}`,
      `CSeq: ${o.number ?? 1} ${method}`,
      'Contact: <sip:a@127.0.0.1:1>',
      'Content-Length: 0',
      '',
      '',
    ].join('\r\n')
  const calls = () => lines.flatMap(({ call }) => call ?? [])

  it('answers none of the calls that were given up meanwhile, and each that comes after', async () => {
    child.kill('SIGSTOP')
    await pause(100)
    for (const id of ['a', 'b', 'c']) {
      tcp.write(message('INVITE', id))
      udp.send(message('INVITE', `udp-${id}`, { transport: 'UDP' }), ports.udp, '127.0.0.1')
    }
    await pause(FROZEN_MS)
    for (const id of ['a', 'b']) tcp.write(message('CANCEL', id))
    child.kill('SIGCONT')
    await eventually(() => expect(heard.match(/SIP\/2\.0 503 /g)).to.have.length(6))
    await pause(300)
    expect(calls()).to.deep.equal([])
    expect(heard).not.to.match(/SIP\/2\.0 (1\d\d|200 .*\r\n(.*\r\n)*CSeq: 1 INVITE)/)
    expect(lines.some(({ warning }) => warning?.startsWith('the process stalled'))).to.equal(true)
    tcp.write(message('INVITE', 'fresh'))
    await eventually(() => expect(calls()).to.deep.equal(['fresh']))
  })

  it('goes on with the calls that it had: their BYE, sent meanwhile, ends them', async () => {
    tcp.write(message('INVITE', 'live'))
    await eventually(() => expect(heard).to.match(/SIP\/2\.0 200 /))
    const toTag = /\r\nTo: .*;tag=(.*)\r\n/.exec(heard)![1]!
    tcp.write(message('ACK', 'live', { toTag }))
    child.kill('SIGSTOP')
    await pause(100)
    tcp.write(message('BYE', 'live', { toTag, number: 2 }))
    await pause(FROZEN_MS)
    child.kill('SIGCONT')
    await eventually(() => expect(lines.at(-1)).to.deep.equal({ ended: 'live', cause: 'remote' }))
  })
})
