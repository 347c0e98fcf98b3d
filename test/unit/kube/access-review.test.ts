import { expect } from 'chai'
import { createGate, type Gate } from '../../../src/kube/access-review.ts'
import type { KubeRequest, Transport } from '../../../src/kube/transport.ts'
import { silent } from '../../../src/runtime/log.ts'
import { FakeClock } from '../../harness/fake-clock.ts'

/** An API server that knows the token `good`, and counts what it is asked. */
class Reviews {
  asked = 0
  atATime = 0
  most = 0
  async request({ body }: KubeRequest) {
    this.asked++
    this.most = Math.max(this.most, ++this.atATime)
    await new Promise((resolve) => setImmediate(resolve))
    this.atATime--
    const { spec } = body as { spec: { token?: string } }
    const authenticated = spec.token?.startsWith('good') === true
    return { status: 200, body: { status: spec.token === undefined ? { allowed: true } : { authenticated } } }
  }
}

describe('the gate before the metrics', () => {
  let clock: FakeClock
  let reviews: Reviews
  let gate: Gate
  beforeEach(() => {
    clock = new FakeClock()
    reviews = new Reviews()
    gate = createGate({ transport: reviews as unknown as Transport, log: silent, clock })
  })
  const ask = (token: string, source = '10.0.0.1') =>
    gate.ask({ authorization: `Bearer ${token}`, path: '/metrics', source })

  it('has a token reviewed once, however many show it at the same time', async () => {
    const answers = await Promise.all(Array.from({ length: 50 }, () => ask('good')))
    expect(new Set(answers)).to.deep.equal(new Set([200]))
    expect(reviews.asked, 'a TokenReview and a SubjectAccessReview').to.equal(2)
  })

  it('has a false token reviewed once a minute', async () => {
    for (let each = 0; each < 50; each++) expect(await ask('false')).to.equal(401)
    expect(reviews.asked).to.equal(1)
  })

  it('has no more than five unknown tokens of one address reviewed at once, and one in ten seconds from then on', async () => {
    const answers: number[] = []
    for (let each = 0; each < 1_000; each++) answers.push(await ask(`false ${each}`.replace(' ', '-')))
    expect(answers.filter((access) => access === 401).length).to.equal(5)
    expect(answers.filter((access) => access === 429).length).to.equal(995)
    await clock.pass(10_000)
    expect(await ask('one-more')).to.equal(401)
    expect(await ask('another')).to.equal(429)
    expect(reviews.asked).to.equal(6)
  })

  it('has no more than four reviewed at a time and twenty in a burst for all addresses together', async () => {
    for (let round = 0; round < 10; round++)
      await Promise.all(Array.from({ length: 50 }, (_, each) => ask(`x-${round}-${each}`, `10.0.${round}.${each}`)))
    expect(reviews.most).to.equal(4)
    expect(reviews.asked).to.equal(20)
  })

  it('lets who was let in before in again while strangers flood it', async () => {
    expect(await ask('good', '10.0.0.9')).to.equal(200)
    for (let round = 0; round < 5; round++) {
      await Promise.all(
        Array.from({ length: 300 }, (_, each) => ask(`x-${round}-${each}`, `10.1.${round}.${each & 255}`)),
      )
      expect(await ask('good', '10.0.0.9')).to.equal(200)
      await clock.pass(61_000)
    }
  })
})
