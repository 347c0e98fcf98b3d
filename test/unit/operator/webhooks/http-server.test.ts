import { expect } from 'chai'
import { request } from 'node:https'
import type { Log } from '../../../../src/runtime/log.ts'
import { silent } from '../../../../src/runtime/log.ts'
import { issueLeaf, newSigningCertificate, trustBundle } from '../../../../src/pki/certificate-authority.ts'
import { systemClock } from '../../../../src/runtime/system-clock.ts'
import { Unreachable } from '../../../../src/kube/errors.ts'
import { boundedReview } from '../../../../src/operator/webhooks/bounded-review.ts'
import type { Reviewer } from '../../../../src/operator/webhooks/reviewers.ts'
import { startWebhookServer, type WebhookServer } from '../../../../src/operator/webhooks/http-server.ts'

const NAME = 'callbot-operator.callbot-system.svc'
const authority = { current: newSigningCertificate(Date.now(), 86_400) }
const leaf = () => {
  const { certificate, key } = issueLeaf(authority, { commonName: NAME, dnsNames: [NAME] }, Date.now(), 3_600)
  return { cert: certificate, key }
}
const review = (object: unknown) =>
  JSON.stringify({
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: { uid: 'u', kind: { group: 'callbots.dev', kind: 'Callbot' }, operation: 'CREATE', object },
  })

const away = new Unreachable({
  method: 'GET',
  path: '/',
  code: 'ECONNREFUSED',
  mayHaveArrived: false,
  cause: 'the API server is away',
})

describe('the webhook server', () => {
  let server: WebhookServer
  let logged: unknown[]
  before(async () => {
    const log: Log = { ...silent, error: (fields) => logged.push(fields) }
    const bounded = (review: Reviewer, otherwise: 'Refuse' | 'Warn' = 'Refuse') =>
      boundedReview(review, { clock: systemClock, milliseconds: 200, otherwise, log })
    server = await startWebhookServer({
      port: 0,
      host: '127.0.0.1',
      certificate: leaf(),
      passwords: () => ['secret', 'older'],
      reviewers: {
        good: () => Promise.resolve({ errors: [], warnings: [{ path: 'a', message: 'b' }] }),
        broken: bounded(() => Promise.reject(away)),
        fails: bounded(() => Promise.reject(new RangeError('too deep'))),
        advises: bounded(() => Promise.reject(new RangeError('too deep')), 'Warn'),
        hangs: bounded(() => new Promise(() => {})),
      },
      log,
    })
  })
  beforeEach(() => (logged = []))
  after(() => server.close())

  const post = (path: string, body: string) =>
    new Promise<{ status: number; text: string; serial: string }>((resolve, reject) => {
      const asked = request(
        {
          host: '127.0.0.1',
          port: server.port,
          path,
          method: 'POST',
          servername: NAME,
          ca: trustBundle(authority),
          agent: false,
          headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
        },
        (response) => {
          const { serialNumber } = (
            response.socket as unknown as { getPeerCertificate(): { serialNumber: string } }
          ).getPeerCertificate()
          let text = ''
          response.on('data', (chunk) => (text += String(chunk)))
          response.on('end', () => resolve({ status: response.statusCode!, text, serial: serialNumber }))
        },
      )
      asked.on('error', reject)
      asked.end(body)
    })

  it('answers a review, by the password of now and the one of before', async () => {
    for (const password of ['secret', 'older']) {
      const { status, text } = await post(`/review/${password}/good`, review({}))
      expect(status).to.equal(200)
      expect(JSON.parse(text)).to.deep.include({ response: { uid: 'u', allowed: true, warnings: ['a: b'] } })
    }
  })

  it('refuses what its own review fails with or does not end with: such an object must not pass as reviewed', async () => {
    for (const [kind, because] of [
      ['fails', 'the review of this object failed: see the log of the operator, or make the object simpler'],
      ['hangs', 'the object was not reviewed in time: apply it again, and make it smaller if that does not help'],
    ]) {
      const { status, text } = await post(`/review/secret/${kind}`, review({}))
      expect(status).to.equal(200)
      const { response } = JSON.parse(text) as { response: { allowed: boolean; status: { message: string } } }
      expect(response.allowed, kind).to.equal(false)
      expect(response.status.message).to.include(because)
    }
    const { text } = await post('/review/secret/advises', review({}))
    expect(JSON.parse(text)).to.have.nested.property('response.allowed', true)
    expect(text).to.include('the review of this object failed')
  })

  it('knows no other password, kind or path', async () => {
    for (const path of ['/review/wrong/good', '/review/secret/other', '/review/secret/toString', '/', '/metrics']) {
      expect((await post(path, review({}))).status, path).to.equal(404)
    }
  })

  it('refuses what is no review, what is no JSON, and what is longer than two objects can be', async () => {
    expect((await post('/review/secret/good', '{}')).status).to.equal(400)
    expect((await post('/review/secret/good', '{')).status).to.equal(400)
    const long = await post('/review/secret/good', review('x'.repeat(5 * 1024 * 1024))).catch(() => ({ status: 413 }))
    expect(long.status).to.equal(413)
  })

  it('says 500 when it can not judge, so that the API server goes on without it, and logs no word of the object', async () => {
    expect((await post('/review/secret/broken', review({ numbers: ['+33199000001'] }))).status).to.equal(500)
    expect(JSON.stringify(logged)).to.include('the API server is away')
    expect(JSON.stringify(logged)).not.to.match(/secret|33199000001/)
  })

  it('takes a new certificate without a restart', async () => {
    const before = (await post('/review/secret/good', review({}))).serial
    server.renew(leaf())
    expect((await post('/review/secret/good', review({}))).serial).not.to.equal(before)
  })
})
