import { expect } from 'chai'
import { execFileSync } from 'node:child_process'
import { asInPod } from '../../harness/service-account.ts'

/** Loads the programs of our images, finds the cluster as a pod does, and prints what was imported. */
const PROGRAM = `
import { registerHooks } from 'node:module'
const imported = []
registerHooks({ resolve: (name, context, next) => (imported.push(name), next(name, context)) })
for (const program of ['operator', 'edge', 'voice', 'speech']) await import(process.cwd() + '/src/' + program + '/main.ts')
const { loadClusterConfig } = await import(process.cwd() + '/src/kube/load-cluster-config.ts')
const { createTransport } = await import(process.cwd() + '/src/kube/transport.ts')
const env = process.argv[1] === 'pod' ? process.env : { KUBECONFIG: '/dev/null' }
const config = await loadClusterConfig(env).catch(() => undefined)
if (config) await (await createTransport({ config })).close()
console.log(JSON.stringify({ found: config?.server, imported }))
`

function importsOf(where: 'pod' | 'desk'): { found?: string; imported: string[] } {
  const env = asInPod({ server: 'https://10.0.0.1:443', ca: '', token: 'a' })
  const args = ['--input-type=module', '-e', PROGRAM, where]
  return JSON.parse(execFileSync(process.execPath, args, { env: { PATH: process.env.PATH, ...env }, encoding: 'utf8' }))
}

const ofPeople = (name: string) => /kubernetes\/client-node|kube\/kubeconfig|\.\/kubeconfig|proxy-agent\.js$/.test(name)

describe('what reads a kubeconfig', function () {
  this.timeout(60_000)

  it('is never loaded in a pod, by no program: it would cost 87 MiB', () => {
    const { found, imported } = importsOf('pod')
    expect(found).to.equal('https://10.0.0.1:443')
    expect(imported).to.include('undici/lib/dispatcher/pool.js')
    expect(imported.filter(ofPeople)).to.deep.equal([])
  })

  it('is loaded where a person names one', () => {
    expect(importsOf('desk').imported.filter(ofPeople)).to.include('@kubernetes/client-node')
  })
})
