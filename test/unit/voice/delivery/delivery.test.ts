import { expect } from 'chai'
import { randomUUID } from 'node:crypto'
import type { DataClass } from '../../../../src/rules/retention/life.ts'
import { silent } from '../../../../src/runtime/log.ts'
import { createDelivery, type Delivery, type Fate } from '../../../../src/voice/delivery/delivery.ts'
import type { RecordsAnswer } from '../../../../src/voice/delivery/records-client.ts'
import type { CallRecords } from '../../../../src/voice/record/call-record.ts'
import { FakeClock, settle } from '../../../harness/fake-clock.ts'

interface Put {
  readonly call: string
  readonly text: string
  readonly body: Buffer
  readonly at: number
}

describe('the delivery of records', () => {
  let clock: FakeClock
  let puts: Put[]
  let fates: [Fate, DataClass][]
  /** What the program records answers next; the last one goes on. */
  let answers: (Partial<RecordsAnswer> | Error | 'silence')[]
  let delivery: Delivery

  beforeEach(() => {
    clock = new FakeClock()
    puts = []
    fates = []
    answers = [{ status: 204 }]
    delivery = open()
  })

  const open = (mostOctets?: number, to: CallRecords['to'] = 'Store') =>
    createDelivery({
      ...{ clock, log: silent, random: () => 0, mostOctets, to },
      observe: { records: (fate, all) => void fates.push(...all.map((one) => [fate, one.class] as [Fate, DataClass])) },
      client: {
        async put(_place, call, body, signal) {
          puts.push({ call, text: body.toString(), body, at: clock.monotonic() })
          const answer = answers.length > 1 ? answers.shift()! : answers[0]!
          if (answer instanceof Error) throw answer
          if (answer !== 'silence') return { status: 204, retryAfter: undefined, ...answer }
          return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
        },
        renew() {},
        close: () => Promise.resolve(),
      },
    })
  const ended = (life = 600, dataClass: DataClass = 'CallMetadata', octets = 2): CallRecords => ({
    ...{ to: 'Store', call: randomUUID(), policy: 'thirty-days', place: 'here:1', endedAt: clock.wall() },
    records: [{ class: dataClass, sequence: 0, life, body: Buffer.alloc(octets, 0x7b) }],
  })

  it('sends what a call left, forgets it when it is acknowledged, and overwrites its octets', async () => {
    const call = ended()
    delivery.add(call)
    expect(puts, 'in the turn in which the call ends').to.deep.equal([])
    await settle()
    const { policy, endedAt } = call
    const records = [{ class: 'CallMetadata', sequence: 0, life: 600, body: 'e3s=' }]
    expect(puts.map(({ text }) => JSON.parse(text))).to.deep.equal([{ policy, endedAt, records }])
    expect(fates).to.deep.equal([['stored', 'CallMetadata']])
    expect(delivery.backlog.calls).to.deep.equal([])
    expect([...call.records[0]!.body, ...puts[0]!.body].every((octet) => octet === 0)).to.equal(true)
  })

  it('tries again with growing pauses of half a minute at most while nobody takes it, and sends the same', async () => {
    answers = [
      new Error('no connection'),
      { status: 503 },
      { status: 500 },
      'silence',
      ...Array(5).fill({ status: 503 }),
    ]
    answers.push({ status: 204 })
    delivery.add(ended(100_000))
    await clock.pass(140_000)
    // The fourth has no answer for ten seconds.
    const times = [0, 0.5, 1.5, 3.5, 17.5, 25.5, 41.5, 71.5, 101.5, 131.5]
    expect(puts.map(({ at }) => at)).to.deep.equal(times.map((seconds) => seconds * 1_000))
    expect(fates).to.deep.equal([['stored', 'CallMetadata']])
    expect(new Set(puts.map(({ text }) => text)).size).to.equal(1)
  })

  it('waits as long as it is asked to, and half a minute at most', async () => {
    answers = [{ status: 503, retryAfter: 7 }, { status: 503, retryAfter: 3_600 }, { status: 204 }]
    delivery.add(ended(100_000))
    await clock.pass(6_900)
    expect(puts).to.have.length(1)
    await clock.pass(200)
    expect(puts).to.have.length(2)
    await clock.pass(30_000)
    expect(puts).to.have.length(3)
  })

  it('never sends again what was refused for good, and goes on with the next call', async () => {
    answers = [{ status: 422 }, { status: 204 }]
    delivery.add(ended())
    delivery.add(ended(600, 'Transcript'))
    await settle()
    await clock.pass(60_000)
    expect(puts).to.have.length(2)
    expect(fates).to.deep.equal([
      ['refused', 'CallMetadata'],
      ['stored', 'Transcript'],
    ])
  })

  it('drops what expires while it waits', async () => {
    answers = [{ status: 503 }]
    delivery.add(ended(2))
    await clock.pass(60_000)
    expect(fates).to.deep.equal([['expired', 'CallMetadata']])
    expect(delivery.backlog.octets).to.equal(0)
  })

  it('sheds what has no room, counts it and overwrites it', async () => {
    delivery = open(2_000)
    answers = ['silence']
    const long = ended(600, 'Transcript', 1_000)
    delivery.add(ended())
    delivery.add(long)
    delivery.add(ended())
    expect(fates).to.deep.equal([['shed', 'Transcript']])
    expect(long.records[0]!.body.every((octet) => octet === 0)).to.equal(true)
    expect(delivery.backlog.octets).to.be.at.most(2_000)
    const closing = delivery.close(0)
    await clock.pass(1)
    await closing
  })

  it('keeps no longer than a policy that becomes tighter says', async () => {
    answers = [{ status: 503 }]
    delivery.add(ended())
    await settle()
    delivery.tighten(undefined)
    expect(fates).to.deep.equal([['expired', 'CallMetadata']])
    await clock.pass(60_000)
    expect(puts).to.have.length(1)
  })

  it('at the end of the pod hurries, waits no longer than it may, and counts what is lost', async () => {
    answers = [{ status: 503, retryAfter: 30 }]
    delivery.add(ended())
    await settle()
    let isClosed = false
    const closing = delivery.close(5_000).then(() => (isClosed = true))
    await clock.pass(4_900)
    expect(puts.length).to.be.greaterThan(10)
    expect(isClosed).to.equal(false)
    await clock.pass(200)
    await closing
    expect(fates).to.deep.equal([['lost', 'CallMetadata']])
    delivery.add(ended())
    expect(fates).to.have.length(2)
    expect(delivery.backlog.octets).to.equal(0)
  })

  it('at the end of the pod waits for nobody when nothing is left', async () => {
    delivery.add(ended())
    await settle()
    await delivery.close(5_000)
    expect(clock.monotonic()).to.equal(0)
    expect(fates).to.deep.equal([['stored', 'CallMetadata']])
  })

  describe('to the client, from memory', () => {
    beforeEach(() => (delivery = open(undefined, 'Deliver')))

    it('hands over without a life, and counts what the client has', async () => {
      delivery.add(ended(900))
      await settle()
      expect(JSON.parse(puts[0]!.text).records).to.deep.equal([{ class: 'CallMetadata', sequence: 0, body: 'e3s=' }])
      expect(fates).to.deep.equal([['delivered', 'CallMetadata']])
      expect(delivery.backlog.octets).to.equal(0)
    })

    it('does not hold up other calls for one that is not taken, and tries that one again', async () => {
      answers = [{ status: 503 }, { status: 204 }]
      const [first, ...others] = Array.from({ length: 10 }, () => ended(900))
      for (const call of [first!, ...others]) delivery.add(call)
      await settle()
      expect(fates).to.have.length(9)
      await clock.pass(1_000)
      expect(fates).to.have.length(10)
      expect(puts.filter(({ call }) => call === first!.call)).to.have.length(2)
    })

    it('has no call twice on its way', async () => {
      answers = ['silence']
      const calls = Array.from({ length: 6 }, () => ended(900))
      for (const call of calls) delivery.add(call)
      await settle()
      expect(puts.map(({ call }) => call)).to.deep.equal(calls.slice(0, 4).map(({ call }) => call))
      const closing = delivery.close(0)
      await clock.pass(1)
      await closing
    })

    it('is given up 900 s after the call, and at once when the policy does not deliver it any more', async () => {
      answers = [{ status: 503 }]
      delivery.add(ended(900))
      await clock.pass(890_000)
      expect(fates).to.deep.equal([])
      await clock.pass(60_000)
      expect(fates).to.deep.equal([['expired', 'CallMetadata']])
      delivery.add(ended(900, 'Transcript'))
      await settle()
      const before = puts.length
      delivery.tighten({ policy: 'p', records: 'here:1', lives: {}, deliver: ['CallMetadata'] })
      expect(fates.at(-1)).to.deep.equal(['expired', 'Transcript'])
      await clock.pass(60_000)
      expect(puts).to.have.length(before)
    })
  })
})
