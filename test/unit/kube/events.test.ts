import { expect } from 'chai'
import { ApiError, Unreachable } from '../../../src/kube/errors.ts'
import { createEventRecorder } from '../../../src/kube/events.ts'
import type { EventFacts } from '../../../src/kube/events.ts'
import type { KubeRequest, Transport } from '../../../src/kube/transport.ts'
import { silent } from '../../../src/runtime/log.ts'
import { FakeClock, settle } from '../../harness/fake-clock.ts'

const facts = (name: string, note = 'So it is.'): EventFacts => ({
  regarding: { apiVersion: 'v1', kind: 'Thing', namespace: 'shop', name, uid: name },
  type: 'Warning',
  reason: 'Because',
  action: 'Doing',
  note,
})

/** A recorder before a transport that answers as the test says. */
function make(answer: (r: KubeRequest) => Promise<unknown> = async () => ({})) {
  const clock = new FakeClock()
  const sent: KubeRequest[] = []
  const request = async (r: KubeRequest) => {
    sent.push(structuredClone({ ...r, signal: undefined }))
    return { status: 201, body: await answer(r) }
  }
  const recorder = createEventRecorder({
    transport: { request } as Transport,
    instance: 'operator-1',
    log: silent,
    clock,
  })
  return { clock, sent, recorder }
}

describe('the event recorder', () => {
  it('writes an event once and its repeats as one patch', async () => {
    const { clock, sent, recorder } = make()
    for (let i = 0; i < 50; i++) recorder.publish(facts('bot'))
    await clock.pass(29_000)
    expect(sent.map(({ method }) => method)).to.deep.equal(['POST'])
    await clock.pass(1_000)
    expect(sent.map(({ method }) => method)).to.deep.equal(['POST', 'PATCH'])
    expect(sent[1]!.body).to.have.nested.property('series.count', 50)
    expect(sent[1]!.path).to.match(/\/namespaces\/shop\/events\/bot\.[0-9a-f]+$/)
    await clock.pass(600_000)
    expect([sent.length, clock.pending], 'and is then at rest').to.deep.equal([2, 0])
  })

  it('returns at once and never throws, whatever the API server does', async () => {
    const { clock, recorder } = make(() => new Promise(() => {}))
    for (let i = 0; i < 5_000; i++) recorder.publish(facts(`bot${i}`))
    recorder.publish(undefined as never)
    await clock.pass(1_000)
    expect(recorder.dropped(), 'the oldest gave way').to.be.above(4_000)
  })

  it('tells after an outage what happened during it, once and with its count', async () => {
    let down = true
    const { clock, sent, recorder } = make(async ({ method, path }) => {
      if (down) throw new Unreachable({ method, path, code: 'ECONNREFUSED', mayHaveArrived: false, cause: undefined })
    })
    for (let i = 0; i < 6; i++) {
      recorder.publish(facts('bot'))
      await clock.pass(10_000)
    }
    down = false
    sent.length = 0
    await clock.pass(60_000)
    expect(sent.map(({ method }) => method)).to.deep.equal(['POST'])
    expect(sent[0]!.body).to.have.nested.property('series.count', 6)
    expect(recorder.dropped()).to.equal(0)
  })

  it('does not insist when the API server refuses', async () => {
    const { clock, sent, recorder } = make(async () => {
      throw new ApiError({ status: 403, reason: 'Forbidden', message: 'namespace is being terminated' })
    })
    recorder.publish(facts('bot'))
    await clock.pass(600_000)
    expect([sent.length, recorder.dropped(), clock.pending]).to.deep.equal([1, 1, 0])
  })

  it('begins a new event when the old one has expired in the API server', async () => {
    const { clock, sent, recorder } = make(async ({ method }) => {
      if (method === 'PATCH') throw new ApiError({ status: 404, reason: 'NotFound', message: 'not found' })
    })
    recorder.publish(facts('bot'))
    recorder.publish(facts('bot'))
    await clock.pass(120_000)
    expect(sent.map(({ method }) => method)).to.deep.equal(['POST', 'PATCH', 'POST'])
  })

  it('flushes what is untold, but no longer than it may', async () => {
    const quick = make()
    quick.recorder.publish(facts('bot'))
    quick.recorder.publish(facts('bot'))
    await settle()
    await quick.recorder.flush()
    expect(quick.sent.map(({ method }) => method)).to.deep.equal(['POST', 'PATCH'])

    const stuck = make(() => new Promise(() => {}))
    stuck.recorder.publish(facts('bot'))
    let flushed = false
    const flush = stuck.recorder.flush(2).then(() => (flushed = true))
    await stuck.clock.pass(1_999)
    expect(flushed).to.equal(false)
    await stuck.clock.pass(1)
    await flush
  })
})
