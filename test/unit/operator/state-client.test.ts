import { expect } from 'chai'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { TLSSocket } from 'node:tls'
import {
  issueLeaf,
  newSigningCertificate,
  trustBundle,
  type Authority,
} from '../../../src/pki/certificate-authority.ts'
import type { Addressed } from '../../../src/operator/observe/pod-poller.ts'
import { createContexts, createOwnIdentity } from '../../../src/operator/certificates/own-certificate.ts'
import { createRoutesClient, createStateClient, readState } from '../../../src/operator/state-client.ts'
import { aPodState, NOON } from '../../harness/builders.ts'
import { viewState } from '../../../src/voice/pod/state.ts'
import { FakeClock } from '../../harness/fake-clock.ts'

describe('the state that a pod tells', () => {
  it('is read field by field, and what is absent counts as nothing known', () => {
    expect(readState('{}')).to.deep.equal(aPodState())
    expect(readState('{"failedTest":null}')).to.deep.equal(aPodState())
    const told = {
      calls: 3,
      places: 20,
      draining: true,
      answered: 120,
      failed: 2,
      refused: 5,
      lastCallAt: '2026-11-24T18:00:00Z',
      answerMillisecondsP95: 18,
      asr: { state: 'Ready', because: '' },
      tts: { state: 'Failing', because: '503 overloaded' },
      dialogProblem: null,
      failedTest: { test: 'usual-way', turn: 3, because: 'the bot does not say "soir"' },
    }
    expect(readState(JSON.stringify(told))).to.deep.equal(
      aPodState({
        calls: 3,
        places: 20,
        draining: true,
        answered: 120,
        failed: 2,
        refused: 5,
        lastCallAt: Date.UTC(2026, 10, 24, 18),
        answerMillisecondsP95: 18,
        asr: { state: 'Ready', because: '' },
        tts: { state: 'Failing', because: '503 overloaded' },
        failedTest: { test: 'usual-way', turn: 3, because: 'the bot does not say "soir"' },
      }),
    )
  })

  it('is read as pods write it', () => {
    const failedTest = { test: 'usual-way', turn: null, because: 'the call does not end HungUp but Fallback' }
    const counts = { answered: 7, failed: 1, refused: 2, lastCallAt: NOON, answerMsP95: 18 }
    const calls = { live: 3, places: 20, isLeaving: false, counts }
    const speech = { state: 'Ready', because: '' } as const
    const dialog = { now: undefined, problem: undefined, failedTest }
    const policy = { epoch: 7, digest: 'abcdef0123456789' }
    const told = viewState(calls, { asr: speech, tts: speech }, dialog, [], policy, { nonce: '', drills: [] }, 8_448)
    expect(readState(JSON.stringify(told))).to.include({
      ...{ calls: 3, places: 0, answered: 7, lastCallAt: NOON, closedPort: 8_448 },
    })
    expect(readState(JSON.stringify(told))!.policy).to.deep.equal({ epoch: 7, digest: 'abcdef0123456789' })
    expect(readState(JSON.stringify(told))!.failedTest).to.deep.equal(failedTest)
  })

  it('is nothing at all when it is no JSON object', () => {
    for (const text of ['', 'null', '[]', '7', '<html>']) expect(readState(text), text).to.equal(undefined)
  })

  it('has what the pod reports of endpoints, by Integration, and leaves out what can not be read', () => {
    const since = new Date(NOON).toISOString()
    const nord = { integration: 'agenda', endpoint: 'nord', state: 'Up', since }
    const http = [
      nord,
      { ...nord, endpoint: 'sud', state: 'Down' },
      { ...nord, state: 'Ill' },
      { ...nord, since: '' },
      null,
    ]
    expect(readState(JSON.stringify({ http }))!.http).to.deep.equal(
      new Map([
        [
          'agenda',
          [
            { part: 'nord', state: 'Up', since: NOON },
            { part: 'sud', state: 'Down', since: NOON },
          ],
        ],
      ]),
    )
  })

  it('brings no number that is none, and no long or unprintable text, into a status', () => {
    const because = `a\n\u0000b${'x'.repeat(1000)}`
    const state = readState(
      JSON.stringify({ calls: -1, answered: '7', failed: 1.5, asr: { state: 'Failing', because } }),
    )!
    expect(state).to.include({ calls: 0, answered: 0, failed: 1 })
    expect(state.asr.because).to.match(/^a bx+$/)
    expect(state.asr.because).to.have.lengthOf(200)
  })
})

describe('asking a pod for its state, and an edge for its routes', () => {
  const authority: Authority = { current: newSigningCertificate(Date.now(), 86_400) }
  const clock = new FakeClock()
  clock.wallOffset = Date.now()
  const identity = createOwnIdentity({ authority: () => authority, namespace: 'callbot-system', clock })
  let server: Server
  let answer: { status: number; body: string } | undefined
  let names: (string | undefined)[]
  let connections: number
  let askRoutes: () => Promise<ReadonlyMap<string, number> | undefined>

  const listen = async (name: string) => {
    const leaf = issueLeaf(authority, { commonName: 'bot', dnsNames: [name] }, Date.now(), 3600)
    const tls = { cert: leaf.certificate, key: leaf.key, ca: trustBundle(authority) }
    names = []
    connections = 0
    server = createServer({ ...tls, requestCert: true, rejectUnauthorized: false }, (request, response) => {
      const socket = request.socket as TLSSocket
      names.push(socket.authorized ? socket.getPeerX509Certificate()?.subjectAltName : undefined)
      if (answer !== undefined) response.writeHead(answer.status).end(answer.body)
    })
    server.on('secureConnection', () => connections++)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const contexts = createContexts(identity, () => trustBundle(authority))
    const { port } = server.address() as AddressInfo
    const ask = createStateClient(contexts, port)
    askRoutes = () => createRoutesClient(contexts, name, port)({ ip: '127.0.0.1' }, ['lilas/accueil'])
    const pod = { namespace: 'lilas', bot: 'accueil', ip: '127.0.0.1' } as Addressed
    return (keep = false) => ask(pod, keep)
  }
  beforeEach(() => (answer = { status: 200, body: '{"calls":2}' }))
  afterEach(() => void server.closeAllConnections())
  afterEach((done) => void server.close(() => done()))

  it('shows the certificate of the operator and takes the answer', async () => {
    const ask = await listen('accueil.lilas.svc')
    expect(await ask()).to.deep.equal(aPodState({ calls: 2 }))
    expect(names[0]).to.include('callbot-operator.callbot-system.svc')
  })

  it('keeps the connection of a busy pod, and only that', async () => {
    const ask = await listen('accueil.lilas.svc')
    for (let turn = 0; turn < 3; turn++) await ask(true)
    expect(connections).to.equal(1)
    for (let turn = 0; turn < 3; turn++) await ask(false)
    expect(connections).to.equal(4)
  })

  it('believes no pod that is another bot, whose address this one had before', async () => {
    const ask = await listen('autre.lilas.svc')
    expect(await ask()).to.equal(undefined)
  })

  it('takes of an edge the epochs that it was asked for, and of one that floods, stalls or babbles none', async () => {
    await listen('callbot-edge.callbot-system.svc')
    const body = '{"routes":[{"bot":"lilas/accueil","epoch":7},{"bot":"roses/accueil","epoch":8}]}'
    answer = { status: 200, body }
    expect([...(await askRoutes())!]).to.deep.equal([['lilas/accueil', 7]])
    for (answer of [
      { status: 503, body },
      { status: 200, body: body.padEnd(100_000) },
      { status: 200, body: '[' },
    ])
      expect(await askRoutes(), `${answer.status} ${answer.body.length}`).to.equal(undefined)
    answer = undefined
    const began = performance.now()
    expect(await askRoutes()).to.equal(undefined)
    expect(performance.now() - began).to.be.within(1_000, 3_000)
  }).timeout(10_000)

  it('takes neither an error nor endless words nor silence for a state', async () => {
    const ask = await listen('accueil.lilas.svc')
    answer = { status: 403, body: '{"calls":2}' }
    expect(await ask()).to.equal(undefined)
    answer = { status: 200, body: `{"calls":2,"more":"${'x'.repeat(100_000)}"}` }
    expect(await ask()).to.equal(undefined)
    answer = undefined
    const began = performance.now()
    expect(await ask()).to.equal(undefined)
    expect(performance.now() - began).to.be.within(1_000, 3_000)
  }).timeout(10_000)
})
