import { expect } from 'chai'
import { BURST, createSeries, SPACING, WINDOW, type EventFacts } from '../../../src/kube/event-series.ts'
import { FakeClock } from '../../harness/fake-clock.ts'

const facts = (more: Partial<EventFacts> = {}, uid = 'u1'): EventFacts => ({
  regarding: { apiVersion: 'callbots.dev/v1alpha1', kind: 'Callbot', namespace: 'shop', name: 'bot', uid },
  type: 'Normal',
  reason: 'RouteWritten',
  action: 'WriteRoute',
  note: 'The route table was written.',
  ...more,
})

function make() {
  const clock = new FakeClock()
  const series = createSeries({ instance: 'operator-1', clock })
  /** Adds, and plays the sender: what is given is created at once. */
  const add = (more?: Partial<EventFacts>, uid?: string) => {
    const given = series.add(facts(more, uid))
    if (given) Object.assign(given, { created: true, sending: false, dirty: false })
    return given
  }
  return { clock, series, add }
}

describe('a series of events', () => {
  it('begins with an event that the API server takes: no series, a stamp, who reports', () => {
    const { event } = make().add()!
    expect(event).to.deep.include({
      eventTime: '2026-01-01T00:00:00.000000Z',
      reportingController: 'callbots.dev/operator',
      reportingInstance: 'operator-1',
    })
    expect(event).not.to.have.property('series')
    expect(event.metadata.name).to.match(/^bot\.[0-9a-f]+$/)
  })

  it('counts what repeats instead of sending it, and tells the count when a while has passed', async () => {
    const { clock, series, add } = make()
    const { event } = add()!
    for (let i = 0; i < 100; i++) expect(add()).to.equal(undefined)
    expect(event.series!.count).to.equal(101)
    expect(series.due()).to.deep.equal([])
    await clock.pass(SPACING)
    expect(series.due().map((each) => each.event)).to.deep.equal([event])
    expect(series.due(), 'it is on its way').to.deep.equal([])
  })

  it('keeps apart what differs in object, type, reason, action or note', () => {
    const { add } = make()
    const others: Partial<EventFacts>[] = [
      {},
      { type: 'Warning' },
      { reason: 'Other' },
      { action: 'Other' },
      { note: 'Other.' },
    ]
    const names = others.map((other) => add(other)!.event.metadata.name)
    names.push(add({}, 'u2')!.event.metadata.name)
    expect(new Set(names).size).to.equal(6)
  })

  it('starts a new series when the last time is long ago', async () => {
    const { clock, add } = make()
    const first = add()!
    await clock.pass(WINDOW - 1)
    expect(add(), 'still the same').to.equal(first)
    await clock.pass(WINDOW)
    expect(add()!.event.metadata.name).not.to.equal(first.event.metadata.name)
  })

  it('lets one object have a burst of events and then one in five minutes, others unharmed', async () => {
    const { clock, series, add } = make()
    const told = (uid: string) =>
      Array.from({ length: BURST + 10 }, (_, i) => add({ note: `${i}` }, uid)).filter(Boolean).length
    expect(told('u1')).to.equal(BURST)
    expect(series.suppressed()).to.equal(10)
    expect(told('u2')).to.equal(BURST)
    await clock.pass(300_000)
    expect([add({ note: 'x' }), add({ note: 'y' })].filter(Boolean).length).to.equal(1)
  })

  it('remembers a bounded number, however many objects there are', () => {
    const { series, add } = make()
    for (let i = 0; i < 5_000; i++) {
      add({}, `u${i}`)
      add({}, `u${i}`)
    }
    expect(series.due(true).length).to.equal(1_024)
  })

  it('cuts a note to what the API server takes', () => {
    const { event } = make().add({ note: 'x'.repeat(5_000) })!
    expect(event.note.length).to.equal(1_024)
  })
})
