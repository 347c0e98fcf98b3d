/**
 * A media relay whose orders nobody judges, in a network namespace of its own: `node aimed-relay-process.ts FOLDER COMMAND...` starts it
 * as the user that its pod gives it, has it send media to each of four addresses, and prints how many packets came there.
 */
import { spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pause } from '../../hack/cluster/shell.ts'
import { CONTROL_PORT, renderRelay } from '../../src/edge/render/relay.ts'
import { systemClock as clock } from '../../src/runtime/system-clock.ts'
import { createRelayRpc } from '../../src/telephony/relay-rpc.ts'
import { eventually } from './eventually.ts'

const POD = '10.77.0.7'
const CALLER = '10.77.0.9'
const PACKETS = 10
const [folder = '', ...command] = process.argv.slice(2)
const config = join(folder, 'relay.conf')
const outside = { first: 20_000, last: 20_199 }
writeFileSync(config, renderRelay({ podIp: POD, publicAddress: POD, outside, loopback: '127.0.0.1' }))
chmodSync(folder, 0o755)
// The programs of a test are root's; the packets are this user's.
const readsAll = ['--inh-caps', '+dac_read_search', '--ambient-caps', '+dac_read_search']
const user = [...readsAll, '--reuid', '65533', '--regid', '65532', '--clear-groups', '--pdeathsig', 'KILL']
const relay = spawn('setpriv', [...user, ...command, `--config-file=${config}`], {
  stdio: ['ignore', 'inherit', 'inherit'],
})
const control = createRelayRpc({ address: '127.0.0.1', port: CONTROL_PORT, clock, timeoutMs: 1_000 })
await eventually(async () => {
  if ((await control.ask({ command: 'ping' })) === undefined) throw new Error('the relay does not answer')
}, 30)

const describe = (address: string, port: number) =>
  ['v=0', `o=- 1 1 IN IP4 ${address}`, 's=-', `c=IN IP4 ${address}`, 't=0 0', `m=audio ${port} RTP/AVP 8`, ''].join(
    '\r\n',
  )
const portOf = (answer: unknown) =>
  Number(/^m=audio (\d+)/m.exec((answer as { sdp?: string } | undefined)?.sdp ?? '')?.[1])

async function aimAt(address: string): Promise<number> {
  const [target, caller] = [createSocket('udp4'), createSocket('udp4')]
  let came = 0
  target.on('message', () => came++)
  target.bind(0, address)
  caller.bind(0, CALLER)
  await Promise.all([once(target, 'listening'), once(caller, 'listening')])
  const call = { 'call-id': address, 'from-tag': 'a', flags: ['endpoint-learning-off'] }
  const sdp = describe(CALLER, caller.address().port)
  await control.ask({ command: 'offer', ...call, direction: ['outside', 'inside'], sdp })
  const answer = { command: 'answer', ...call, 'to-tag': 'b', direction: ['inside', 'outside'] }
  const port = portOf(await control.ask({ ...answer, sdp: describe(address, target.address().port) }))
  for (let at = 0; at < PACKETS; at++) {
    const packet = Buffer.alloc(172)
    packet[0] = 0x80
    packet[1] = 8
    packet.writeUInt16BE(at, 2)
    packet.writeUInt32BE(at * 160, 4)
    caller.send(packet, port, POD)
    await pause(20)
  }
  await pause(200)
  target.close()
  caller.close()
  return came
}

const came: Record<string, number> = {}
for (const address of [CALLER, POD, '127.0.0.1', '169.254.169.254']) came[address] = await aimAt(address)
relay.kill('SIGKILL')
control.close()
process.stdout.write(JSON.stringify(came))
process.exit(0)
