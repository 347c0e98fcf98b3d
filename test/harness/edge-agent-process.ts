/**
 * The part of an edge's agent that drills need, in a process of its own so that it can be killed or frozen:
 * `node edge-agent-process.ts FOLDER TLS_FOLDER ADDRESS OBSERVER`, in the FOLDER of a rig, whose tables it recalls. A line of JSON on its
 * standard output tells its port.
 */
import { join } from 'node:path'
import { createAgent } from '../../src/edge/agent.ts'
import { createLeases } from '../../src/edge/apply/drill-leases.ts'
import { createProxy } from '../../src/edge/apply/proxy-control.ts'
import { createFiles } from '../../src/edge/apply/proxy-files.ts'
import { stateReader } from '../../src/edge/http-servers.ts'
import { listenState } from '../../src/edge/state-server.ts'
import { readIdentity } from '../../src/pki/identity.ts'
import { silent } from '../../src/runtime/log.ts'
import { systemClock as clock } from '../../src/runtime/system-clock.ts'
import { createProxyRpc } from '../../src/telephony/proxy-rpc.ts'

const [folder = '', tlsFolder = '', host = '', observer = ''] = process.argv.slice(2)
const socket = join(folder, 'ctl.sock')
const proxy = createProxy(createProxyRpc({ socket, clock, timeoutMs: 2_000 }), silent, () => {})
const agent = createAgent({
  ...{ files: createFiles(folder, folder), proxy, log: silent, clock, mostLines: 16, isOnLoopback: true },
  ...{ onRefused: () => {}, onTableRefused: () => {}, onLoaded: () => {} },
  tls: () => ({
    inside: '',
    insideFolder: '',
    outside: { cert: '', key: '' },
    callers: undefined,
    cipherSuites: 'AEAD',
  }),
})
const leases = createLeases({ proxy, clock, log: silent, tables: agent.trunks })
const pages = { state: stateReader(agent, proxy, leases), routes: proxy.epochsOf, leases }
const { port } = await listenState({ port: 0, host, identity: await readIdentity(tlsFolder), observer, ...pages })
process.stdout.write(`${JSON.stringify({ port })}\n`)
