/** Our own kit at the same task as dot-i-process.ts: same environment, same lines. */
import { createClient } from '../../src/kube/client.ts'
import { loadClusterConfig } from '../../src/kube/load-cluster-config.ts'
import { startController } from '../../src/kube/controller.ts'
import { createInformer } from '../../src/kube/informer.ts'
import { createQueue } from '../../src/kube/queue.ts'
import { resources } from '../../src/kube/resources.ts'
import { createTransport } from '../../src/kube/transport.ts'
import { seen, type Seen } from './follower.ts'

const { NAMESPACE: namespace = 'default', SLOW_MS = '0', POISON } = process.env
const say = (what: object) => process.stdout.write(`${JSON.stringify(what)}\n`)
const speak = (fields: object, text: string) => say({ logged: text, ...fields })
const log = { debug() {}, info() {}, warn: speak, error: speak }
let poisoned = false

const transport = await createTransport({ config: await loadClusterConfig(process.env) })
const kube = createClient({ transport, fieldManager: 'callbot-operator' })
const queue = createQueue()
const informer = createInformer<Seen>({
  transport,
  resource: resources.deployments,
  namespace,
  project: seen,
  log,
  onChange(before, after) {
    const { name } = (after ?? before)!
    say({ told: after ? (before ? 'MODIFIED' : 'ADDED') : 'DELETED', name, label: after?.label })
    queue.add(name)
  },
})

async function reconcile(name: string): Promise<void> {
  const { label } = informer.get(namespace, name) ?? {}
  if (SLOW_MS !== '0') await new Promise((resolve) => setTimeout(resolve, Number(SLOW_MS)))
  if (name === POISON && !poisoned) {
    poisoned = true
    throw new Error('the first time fails')
  }
  if (label === 'status') {
    await kube.patchStatus(resources.deployments, namespace, name, { observedGeneration: 1 })
    say({ status: true })
  }
  say({ handled: name, label })
}

process.on('exit', (code) => say({ exit: code }))
startController({ name: 'contrast', queue, concurrency: 8, reconcile, mayWork: () => true, log })
informer.start(new AbortController().signal)
await informer.synced()
say({ ready: true })
