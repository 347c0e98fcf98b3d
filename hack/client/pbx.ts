/**
 * A client's telephone system, as far as a demonstration needs one: whoever is put through is answered by a person who hums, and who calls the
 * test number hears himself. Runs in
 * a pod of its own, in the image of the operator, with this text mounted into it.
 *
 * With certificates in PBX_TLS_DIR it listens for TLS on 5061 and takes SRTP alone, from who shows a certificate for one of
 * PBX_PEERS; without, it listens for plain UDP and TCP on 5060. PBX_LISTEN_PORT is another port, since it listens on all addresses (Kubernetes
 * sets PBX_PORT for a Service of that name).
 */
import { systemClock as clock } from '../../src/runtime/system-clock.ts'
import type { Log } from '../../src/runtime/log.ts'
import type { IncomingCall } from '../../src/telephony/call.ts'
import { readIdentity } from '../../src/pki/identity.ts'
import { createMedia } from '../../src/telephony/media/media.ts'
import { createUserAgent, type UserAgent } from '../../src/telephony/user-agent.ts'

const {
  POD_IP = '127.0.0.1',
  PBX_NAME = 'pbx',
  PBX_TLS_DIR,
  PBX_PEERS = '',
  PBX_HERTZ = '330',
  PBX_LISTEN_PORT,
} = process.env
const RINGS_MS = 400
const LONGEST_CALL_MS = 600_000
const FRAME = 160
/** It sends back what it hears, as test numbers of telephone systems do. */
const TEST_NUMBER = '4000'

/** One line of JSON each. Who calls whom is never in it: what is shown must not be a caller's. */
const tell = (line: object) => console.log(JSON.stringify({ pbx: PBX_NAME, ...line }))
const quiet = (values: object | string, message?: string) => tell({ message: message ?? values })
const log: Log = { debug: () => {}, info: () => {}, warn: quiet, error: quiet } as Log

const media = createMedia({ address: POD_IP, ports: { from: 20_000, to: 20_999 }, clock, log })
const policy = { srtp: PBX_TLS_DIR ? 'Required' : 'Preferred', codecs: ['PCMA', 'PCMU'] } as const

/** A second of a soft sine, repeated: of which trunk it is can be heard. */
const hum = Int16Array.from({ length: 8000 }, (_, at) => 3000 * Math.sin((2 * Math.PI * Number(PBX_HERTZ) * at) / 8000))

async function takeCall(call: IncomingCall): Promise<void> {
  let at = 0
  const isTest = call.understood.request.uri.startsWith(`sip:${TEST_NUMBER}@`)
  const onFrame = (heard: Int16Array) => {
    if (isTest) return opened.session.send(heard)
    opened.session.send(hum.subarray(at, at + FRAME))
    at = (at + FRAME) % hum.length
  }
  if (call.offer === undefined) return call.refuse(488)
  const opened = await media.answer(call.offer.content, policy, { onFrame }).then((answer) => {
    if (answer.kind === 'answered') return answer
    call.refuse(answer.status)
    throw new Error(answer.because)
  })
  call.ring()
  await new Promise((resolve) => setTimeout(resolve, RINGS_MS))
  const dialog = await call.accept({ body: { type: 'application/sdp', content: opened.body } })
  if (dialog === undefined) return opened.session.close()
  opened.session.start()
  tell({ event: 'answered', live: agent.dialogs() })
  const longest = setTimeout(() => void dialog.bye(), LONGEST_CALL_MS)
  await dialog.ended
  clearTimeout(longest)
  opened.session.close()
  tell({ event: 'ended', live: agent.dialogs() })
}

const tls = PBX_TLS_DIR && { identity: await readIdentity(PBX_TLS_DIR), peers: PBX_PEERS.split(',') }
const port = (usual: number) => Number(PBX_LISTEN_PORT ?? usual)
const agent: UserAgent = await createUserAgent({
  host: POD_IP,
  listen: tls ? { tls: { port: port(5061) } } : { udp: { port: port(5060) }, tcp: { port: port(5060) } },
  ...(tls && { tls }),
  clock,
  log,
  admit: () => undefined,
  onCall: (call) => takeCall(call).catch((error: unknown) => tell({ event: 'failed', because: String(error) })),
})
tell({ event: 'listening', ports: agent.ports })
process.on('SIGTERM', () => process.exit(0))
