/**
 * A process that stands for election at a real API server and writes a route all the time, whether it leads or not: so that
 * a test sees what the server makes of the writes of those who should not write. Tells what happens as lines of JSON.
 * Needs SERVER, CA_FILE, TOKEN and POD_NAME.
 */
import { readFileSync } from 'node:fs'
import { createClient } from '../../src/kube/client.ts'
import { systemClock } from '../../src/runtime/system-clock.ts'
import { staticToken } from '../../src/kube/bearer-tokens.ts'
import { isFenceRefusal } from '../../src/kube/fence.ts'
import { createElector } from '../../src/kube/leader-election.ts'
import { leaseApi } from '../../src/kube/lease-api.ts'
import { endOnSignal } from '../../src/runtime/shutdown.ts'
import { createTransport } from '../../src/kube/transport.ts'
import { pause } from '../../src/runtime/clock.ts'
import { silent } from '../../src/runtime/log.ts'
import { labelled } from './children.ts'

const { SERVER, CA_FILE, TOKEN, POD_NAME } = process.env as Record<string, string>
const ca = readFileSync(CA_FILE!, 'utf8')
const home = 'callbot-system'
const tell = (line: object) => process.stdout.write(`${JSON.stringify({ pod: POD_NAME, ...line })}\n`)

const transport = await createTransport({
  config: { server: SERVER!, namespace: home, credentials: staticToken(TOKEN!), readTls: async () => ({ ca }) },
})
const kube = createClient({ transport, fieldManager: 'callbot-operator' })
const elector = createElector({
  api: leaseApi(transport, home, 'callbot-operator'),
  identity: POD_NAME!,
  log: silent,
  onStartedLeading: (term) => tell({ event: 'leads', term }),
  onStoppedLeading: () => tell({ event: 'stands by' }),
})
elector.start()

const ending = new AbortController()
endOnSignal({
  log: silent,
  steps: [
    { name: 'writes', run: async () => ending.abort() },
    { name: 'lease', run: () => elector.release() },
    { name: 'transport', run: () => transport.close() },
  ],
})

for (let turn = 0; !ending.signal.aborted; turn++) {
  const leads = elector.isLeader()
  const route = labelled('v1', 'ConfigMap', home, 'route.shop.bot', { data: { writer: POD_NAME, turn: `${turn}` } })
  try {
    const { metadata } = await kube.apply(route)
    tell({ event: 'wrote', leads, version: metadata.resourceVersion })
  } catch (error) {
    tell({ event: isFenceRefusal(error) ? 'refused' : 'failed', leads })
  }
  await pause(systemClock, 40, ending.signal)
}
