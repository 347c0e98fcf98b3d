/** An edge on loopback, with a media relay or without, one pod behind it that SIPp plays, and SIPp as all its callers. */
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { unpackSipp } from '../../hack/calls/debian.ts'
import { run, until } from '../../hack/cluster/shell.ts'
import type { ClusterState } from '../../src/edge/agent.ts'
import { startEdgeRig, type EdgeRig } from '../../test/harness/edge-rig.ts'

export type Mode = 'Direct' | 'Relay'
export const NUMBER = '+33100000001'
const BOT = 'accueil.lilas.svc'
const POD_PORT = 5061

export interface Stage {
  readonly rig: EdgeRig
  readonly folder: string
  stop(): Promise<void>
}

/** @param net third octet of its loopback addresses */
export async function setStage(mode: Mode, net: number): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), 'callbot-bench-relay-'))
  const [edge, pod] = [`127.9.${net}.1`, `127.9.${net}.11`]
  const rig = await startEdgeRig({
    address: edge,
    values: ['edge.carrierCidrs={127.0.0.0/8}'],
    ...(mode === 'Relay' && { publicAddress: edge, mediaPorts: { first: 20_000, last: 23_999 } }),
  })
  const stopPod = await playPod(pod, folder, rig.authority.issue([BOT]))
  await rig.publish(seen(pod))
  await until('the edge to send calls to the pod', 20, async () => {
    const pods = await rig.proxy.pods()
    const proved = await rig.rpc.call('htable.get', 'proved', `${pod}:${POD_PORT}`)
    return pods.some(({ isActive }) => isActive) && proved.ok
  })
  return {
    rig,
    folder,
    async stop() {
      stopPod()
      await rig.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

const seen = (pod: string): ClusterState => ({
  routes: [
    {
      callbot: { namespace: 'lilas', name: 'accueil', uid: 'u' },
      epoch: 1,
      numbers: [NUMBER],
      service: { name: 'accueil', port: POD_PORT, transport: 'TLS' },
      integrations: [],
    },
  ],
  ...{
    trunks: [],
    addresses: new Map(),
    secrets: new Map(),
    grants: [],
    egress: undefined,
    testCallers: [],
    zone: 'zone-a',
  },
  slices: [
    {
      ...{ namespace: 'lilas', name: 'accueil-1', uid: 's', resourceVersion: '1', serviceKey: 'lilas/accueil' },
      endpoints: [{ address: pod, zone: 'zone-a', ready: true, terminating: false }],
    },
  ],
})

/** It answers each call at once and sends back what it hears. */
async function playPod(address: string, folder: string, tls: { cert: string; key: string }): Promise<() => void> {
  const own = join(folder, 'pod')
  mkdirSync(own)
  for (const [name, text] of Object.entries(tls)) writeFileSync(join(own, `${name}.pem`), text, { mode: 0o600 })
  writeFileSync(join(own, 'scenario.xml'), ANSWERS)
  const [command, ...args] = (await unpackSipp()).program('usr/bin/sipp')
  const child = spawn(
    'setpriv',
    [
      ...['--pdeathsig', 'KILL', command!, ...args, '-sf', 'scenario.xml', '-i', address, '-p', `${POD_PORT}`],
      ...['-t', 'l1', '-tls_cert', 'cert.pem', '-tls_key', 'key.pem', '-aa', '-nostdin', '-nd'],
      ...['-mi', address, '-mp', '24010', '-rtp_echo'],
    ],
    { cwd: own, stdio: 'ignore', env: { ...process.env, TERM: 'dumb' } },
  )
  await until('SIPp to listen', 10, async () => (await run('ss', ['-Hltn', 'src', `${address}:${POD_PORT}`])) !== '')
  return () => void child.kill('SIGKILL')
}

/** @param tag of the To, which a request within the dialog has already */
const ok = (more: string, tag = '') => `<send><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:]${tag}
[last_Call-ID:]
[last_CSeq:]
${more}
]]></send>`

const ANSWERS = `<?xml version="1.0" encoding="ISO-8859-1" ?>
<scenario name="pod">
<recv request="INVITE" rrs="true"></recv>
${ok(
  `[last_Record-Route:]
Contact: <sip:callbot@[local_ip]:[local_port];transport=tls>
Content-Type: application/sdp
Content-Length: [len]

v=0
o=- 1 1 IN IP4 [local_ip]
s=-
c=IN IP4 [media_ip]
t=0 0
m=audio [media_port] RTP/AVP 8
a=rtpmap:8 PCMA/8000
`,
  ';tag=[pid]SIPp[call_number]',
)}
<recv request="ACK"></recv>
<recv request="BYE"></recv>
${ok('Content-Length: 0\n')}
</scenario>
`
