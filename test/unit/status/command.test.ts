import { expect } from 'chai'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { PassThrough } from 'node:stream'
import { stringify } from 'yaml'
import { run } from '../../../src/status/command.ts'

const condition = (status: string) => ({ type: 'Ready', status, reason: 'Serving', message: 'so it is.' })
const bot = (status: string) => ({
  metadata: { namespace: 'lilas', name: 'accueil' },
  spec: { integrationRefs: [{ name: 'cabinet' }], retentionPolicyRef: { name: 'month' } },
  status: { conditions: [condition(status)] },
})

/** An API server of so many objects, by their path below the group; a number is a refusal. */
describe('the verb status', () => {
  let folder: string
  let server: Server
  let objects: Record<string, object | number>

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'callbot-status-'))
    server = createServer(({ url = '' }, answer) => {
      const found = objects[url.replace('/apis/callbots.dev/v1alpha1/namespaces/lilas/', '')] ?? 404
      answer.writeHead(typeof found === 'number' ? found : 200, { 'content-type': 'application/json' })
      answer.end(JSON.stringify(typeof found === 'number' ? { message: 'so says the API server' } : found))
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const kubeconfig = {
      ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'main' },
      contexts: [{ name: 'main', context: { cluster: 'c', user: 'u' } }],
      clusters: [{ name: 'c', cluster: { server: `http://127.0.0.1:${port}` } }],
      users: [{ name: 'u', user: {} }],
    }
    writeFileSync(join(folder, 'kubeconfig'), stringify(kubeconfig))
  })
  afterEach(() => {
    server.close()
    rmSync(folder, { recursive: true })
  })

  async function status(namespace = 'lilas') {
    const [output, errors] = [new PassThrough(), new PassThrough()]
    const code = await run('accueil', namespace, { KUBECONFIG: join(folder, 'kubeconfig') }, output, errors)
    output.end()
    errors.end()
    return { code, text: await text(output), errors: await text(errors) }
  }

  it('ends with 0 for a bot that is ready, and with 1 for one that is not', async () => {
    objects = { 'callbots/accueil': bot('True') }
    const ready = await status()
    expect(ready).to.include({ code: 0, errors: '' })
    expect(ready.text).to.match(/^lilas\/accueil: ready\n/)
    objects = { 'callbots/accueil': bot('False') }
    expect(await status()).to.include({ code: 1 })
  })

  it('says of what the bot references whether it exists', async () => {
    objects = { 'callbots/accueil': bot('True'), 'integrations/cabinet': { metadata: { name: 'cabinet' } } }
    const { text: said } = await status()
    expect(said).to.include('Integration cabinet: not ready\n  no operator has reported its state yet')
    expect(said).to.include('RetentionPolicy month: does not exist\n')
  })

  it('ends with 2 for a bot that does not exist, and says how to find it', async () => {
    objects = {}
    expect(await status('rosen')).to.deep.equal({
      code: 2,
      text: '',
      errors:
        'Error: namespace rosen has no Callbot accueil: see kubectl get callbots -A, and name its namespace by -n\n',
    })
  })

  it('ends with 2 and the words of an API server that refuses', async () => {
    objects = { 'callbots/accueil': bot('True'), 'integrations/cabinet': 403 }
    const refused = await status()
    expect(refused).to.include({ code: 2, text: '' })
    expect(refused.errors).to.match(/^Error: GET .*integrations\/cabinet: 403 .*so says the API server\n$/)
  })

  it('ends with 2 and the cause where no API server answers', async function () {
    this.timeout(30_000)
    server.close()
    const unreachable = await status()
    expect(unreachable).to.include({ code: 2, text: '' })
    expect(unreachable.errors).to.match(
      /ECONNREFUSED.*: check the cluster of your kubeconfig with kubectl cluster-info\n$/,
    )
  })

  it('ends with 2 and the cure where there is no kubeconfig', async () => {
    rmSync(join(folder, 'kubeconfig'))
    const none = await status()
    expect(none).to.include({ code: 2, text: '' })
    expect(none.errors).to.match(/^Error: .*kubeconfig.*\n$/)
  })
})
