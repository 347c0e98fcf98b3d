import { expect } from 'chai'
import fc from 'fast-check'
import { globSync, readFileSync } from 'node:fs'
import { connect as connectTcp } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { Registry } from 'prom-client'
import { listenState } from '../../../src/edge/state-server.ts'
import { startHealthServer } from '../../../src/runtime/health-server.ts'
import { startMetricsServer } from '../../../src/runtime/metrics-server.ts'
import { silent } from '../../../src/runtime/log.ts'
import { readTarget } from '../../../src/listeners/request-target.ts'
import { startWebhookServer } from '../../../src/operator/webhooks/http-server.ts'
import { startRecordsServer } from '../../../src/records/http-server.ts'
import { createSpeechMetrics } from '../../../src/speech/metrics.ts'
import { startServer } from '../../../src/speech/http-server.ts'
import { startStoreServer } from '../../../src/store-server/http-server.ts'
import { startStateServer } from '../../../src/sweep/state-server.ts'
import { listenHealth } from '../../../src/voice/pod/http-server.ts'
import { createAuthority } from '../../harness/authority.ts'
import { identityOf } from '../../harness/identity.ts'

const WORDS = [
  '/',
  '//',
  '[',
  ']',
  '%',
  '%zz',
  '%00',
  '?',
  '#',
  '@',
  ':',
  '\\',
  '..',
  'http://',
  '*',
  'healthz',
  'review',
  ';',
  '\u00e9',
]
const target = fc.oneof(
  fc
    .array(fc.oneof(fc.constantFrom(...WORDS), fc.string({ maxLength: 4 })), { maxLength: 8 })
    .map((all) => all.join('')),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom('//[', '//', 'http://[', '*', '/%', 'a:b', `/${'x'.repeat(20_000)}`),
)
const method = fc.constantFrom('GET', 'HEAD', 'POST', 'OPTIONS', 'CONNECT', 'TRACE', 'PUT', 'get', 'FOO', '')
const headerLine = fc.oneof(
  fc.constantFrom(
    'Content-Length: 5',
    'Content-Length: -1',
    'Transfer-Encoding: chunked',
    'Expect: 100-continue',
    'Expect: x',
  ),
  fc.constantFrom(
    'Upgrade: websocket',
    'Connection: upgrade',
    'Host:',
    'Host: [',
    'Authorization: Bearer',
    'Content-Type: /',
    ': x',
  ),
  fc.constantFrom(
    'Content-Type: multipart/form-data',
    'Content-Type: application/json; charset=\u0000',
    'Content-Encoding: gzip',
  ),
  fc.string({ maxLength: 20 }),
)

/** For an answer that has to come: beside other work even a handshake takes a while. */
const ANSWERED_MS = 10_000

describe('every HTTP listener of ours', function () {
  this.timeout(120_000)
  const authority = createAuthority('test CA')
  const identity = identityOf(authority, 'a.b.svc')
  const ofRecords = identityOf(authority, 'callbot-records.b.svc')
  const listeners: { name: string; port: number; secure: boolean; own: typeof identity; close(): Promise<void> }[] = []
  const unhandled: unknown[] = []
  const note = (error: unknown) => void unhandled.push(error)

  before(async () => {
    type Opened = { port: number; close(): Promise<void> }
    const add = (name: string, secure: boolean, { port, close }: Opened, own = identity) =>
      listeners.push({ name, port, secure, own, close })
    const host = '127.0.0.1'
    add('health', false, await startHealthServer({ port: 0, host, live: {}, ready: { caches: () => 'no' } }))
    const gate = { ask: () => Promise.resolve(401 as const) }
    const metrics = { port: 0, host, certificate: identity, registry: new Registry(), gate }
    add('metrics', true, await startMetricsServer(metrics))
    const state = () => Promise.reject(new Error('the proxy is away'))
    const leases = { nonce: () => '', order: state }
    add(
      'state of an edge',
      true,
      await listenState({ port: 0, host, identity, observer: 'a.b.svc', state, routes: state, leases }),
    )
    const broken = () => Promise.reject(new Error('a bug'))
    const testCalls = { answer: () => ({ status: 200, text: '' }) }
    const lanes = { nonce: () => '', order: () => ({ kind: 'Ended' as const }) }
    const orders = { testCalls, testRequests: testCalls, lanes }
    const pages = { obstacles: () => [], state: () => ({}), order: () => {}, metrics: broken, ...orders }
    add('health of a bot', true, await listenHealth({ port: 0, identity, observers: ['a.b.svc'], pages }))
    const reviewers = { callbots: broken }
    const hook = { port: 0, host, certificate: identity, passwords: () => ['p'], reviewers, log: silent }
    add('webhook', true, await startWebhookServer(hook))
    const parts = { models: { speakers: [] }, hearing: {}, speaking: {}, isReady: () => false } as never as object
    const speech = {
      ...{
        port: 0,
        identity,
        log: silent,
        obstacles: () => [],
        ailments: () => [],
        timeoutSeconds: 1,
        longestSeconds: 1,
      },
      ...{ metrics: createSpeechMetrics(), mayScrape: gate.ask, ...parts },
    }
    add('speech', true, await startServer(speech as never))
    const records = { port: 0, identity, tenant: 'b', observers: ['a.b.svc'], take: broken, deliver: broken }
    const server = await startRecordsServer({
      ...records,
      ...{ onHandled: () => undefined, state: () => ({}), metrics: broken },
    })
    add('records', true, server)
    const runs = (): never => {
      throw new Error('a bug')
    }
    add('sweep', true, await startStateServer({ port: 0, identity, observers: ['a.b.svc'], state: runs }))
    const seen = { metrics: broken, onAnswer: () => {}, monotonic: () => 0 }
    const store = await startStoreServer({ port: 0, identity, observers: ['a.b.svc'], perform: broken, ...seen })
    add('store, for the operator', true, store)
    add('store, for records', true, { ...store, close: () => Promise.resolve() }, ofRecords)
    process.prependListener('uncaughtException', note)
    process.prependListener('unhandledRejection', note)
  })
  after(async () => {
    process.off('uncaughtException', note)
    process.off('unhandledRejection', note)
    await Promise.all(listeners.map(({ close }) => close()))
  })

  /** Sends the octets, with a certificate of the CA that opens all doors, and resolves with what comes back. */
  const send = ({ port, secure, own: { cert, key } }: (typeof listeners)[number], text: string, waitMs = 300) =>
    new Promise<string>((resolve) => {
      const own = { cert, key, rejectUnauthorized: false }
      const socket = secure ? connectTls({ port, host: '127.0.0.1', ...own }) : connectTcp(port, '127.0.0.1')
      let answer = ''
      socket.setTimeout(waitMs, () => socket.destroy())
      socket.on('data', (chunk) => ((answer += String(chunk)), socket.destroy()))
      socket.on('error', () => {})
      socket.on('close', () => resolve(answer))
      socket.on(secure ? 'secureConnect' : 'connect', () => socket.write(text, 'latin1'))
    })

  it('is one of these: each file of src that opens one is tried here', () => {
    // Its socket lies in the pod's own file system, and it reads nothing of a request.
    const insideOfPods = ['src/voice/turn-tap/turn-tap.ts']
    const opens = (file: string) =>
      /\bservePages\(|import .*\bcreateServer\b.*\/http-server[.]ts'/.test(readFileSync(file, 'utf8'))
    const own = readFileSync(import.meta.filename, 'utf8')
    const opening = globSync('src/**/*.ts').filter((file) => !file.startsWith('src/listeners/') && opens(file))
    expect(opening.length).to.be.at.least(9)
    expect(opening.filter((file) => !own.includes(`/${file}'`) && !insideOfPods.includes(file))).to.deep.equal([])
  })

  it('answers GET //[ with 400 or 404, and lives', async () => {
    for (const listener of listeners) {
      const answer = await send(listener, 'GET //[ HTTP/1.1\r\nHost: a\r\n\r\n', ANSWERED_MS)
      expect(answer.slice(9, 12), listener.name).to.be.oneOf(['400', '404', '401'])
    }
    expect(unhandled).to.deep.equal([])
  })

  it('throws out of no request handler, whatever targets, methods and headers come, and answers the next request', async () => {
    const requests = fc.tuple(method, target, fc.array(headerLine, { maxLength: 4 }))
    const property = fc.asyncProperty(requests, async ([verb, path, headers]) => {
      const text = `${[`${verb} ${path} HTTP/1.1`, 'Host: a', ...headers].join('\r\n')}\r\n\r\n`
      await Promise.all(listeners.map((listener) => send(listener, text)))
      expect(unhandled).to.deep.equal([])
    })
    await fc.assert(property, { numRuns: Number(process.env['MUTATIONS'] ?? 60) })
    // A probe is answered still, and by the same process.
    await new Promise((resolve) => setTimeout(resolve, 1_100))
    for (const listener of listeners)
      expect(await send(listener, 'GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n', ANSWERED_MS), listener.name).to.match(
        /^HTTP\/1\.1 /,
      )
  })

  it('reads a target without ever throwing, and takes only paths', () => {
    fc.assert(
      fc.property(target, (text) => void readTarget(text)),
      { numRuns: 2_000 },
    )
    expect(readTarget('/healthz?verbose&x=1')).to.deep.equal({ path: '/healthz', query: new Set(['verbose', 'x']) })
    expect(readTarget('http://10.0.0.1:8081/readyz')?.path).to.equal('/readyz')
    expect(readTarget('//[')?.path).to.equal('//[')
    for (const text of ['', '*', 'healthz', 'a:b', undefined]) expect(readTarget(text), text).to.equal(undefined)
  })
})
