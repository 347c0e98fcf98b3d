// A user agent in a process of its own, to be stopped and continued: it answers every call, and writes a line for each that it hears of.
import { systemClock as clock } from '../../src/runtime/system-clock.ts'
import { silent } from '../../src/runtime/log.ts'
import { createUserAgent } from '../../src/telephony/user-agent.ts'
import { sdp } from './sip-network.ts'

const say = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`)

const agent = await createUserAgent({
  host: '127.0.0.1',
  listen: { udp: { port: 0 }, tcp: { port: 0 } },
  clock,
  log: { ...silent, warn: (fields, message) => say({ warning: message, ...fields }) },
  admit: () => undefined,
  async onCall(call) {
    say({ call: call.understood.callId })
    const dialog = await call.accept({ body: sdp() })
    if (dialog !== undefined) say({ ended: dialog.callId, ...(await dialog.ended) })
  },
})
say({ ports: agent.ports })
