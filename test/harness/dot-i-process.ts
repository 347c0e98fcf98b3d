/**
 * The contender: an operator made with @dot-i/k8s-operator as its README says, which tells what happens to it on
 * standard output, one JSON value a line. Env: KUBECONFIG, NAMESPACE, SLOW_MS, POISON (a name whose handling fails once).
 */
import dotI from '@dot-i/k8s-operator'

const { NAMESPACE = 'default', SLOW_MS = '0', POISON } = process.env
const say = (what: object) => process.stdout.write(`${JSON.stringify(what)}\n`)
const logger = { debug() {}, info() {}, warn() {}, error: (text: string) => say({ logged: text.slice(0, 200) }) }
let poisoned = false

// A CommonJS module with a default export: Node hands it over one level deeper.
const Operator = dotI.default

class Contender extends Operator {
  protected override async init() {
    await this.watchResource('apps', 'v1', 'deployments', (event) => this.handle(event), NAMESPACE)
    say({ ready: true })
  }

  private async handle({ type, object, meta }: Parameters<Parameters<typeof this.watchResource>[3]>[0]) {
    const { name = '', labels } = object.metadata ?? {}
    say({ told: type, name, label: labels?.label })
    if (SLOW_MS !== '0') await new Promise((resolve) => setTimeout(resolve, Number(SLOW_MS)))
    if (name === POISON && !poisoned) {
      poisoned = true
      throw new Error('the first time fails')
    }
    // The version that the event had: by the time it is handled, somebody may have written.
    if (labels?.label === 'status')
      say({ status: (await this.setResourceStatus(meta, { observedGeneration: 1 })) !== null })
    say({ handled: name, label: labels?.label })
  }
}

process.on('exit', (code) => say({ exit: code }))
await new Contender(logger).start()
