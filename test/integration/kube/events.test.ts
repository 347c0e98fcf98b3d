// @seconds 5
import { expect } from 'chai'
import { createEventRecorder, type EventFacts } from '../../../src/kube/events.ts'
import { resources } from '../../../src/kube/resources.ts'
import { silent } from '../../../src/runtime/log.ts'
import { useApiServer } from '../../harness/api-server.ts'
import { eventually } from '../../harness/eventually.ts'
import { FakeClock } from '../../harness/fake-clock.ts'

describe('events in a real API server', function () {
  this.timeout(60_000)
  const api = useApiServer({ audit: false })
  const facts = (namespace: string | undefined, name: string): EventFacts => ({
    regarding: { apiVersion: 'callbots.dev/v1alpha1', kind: 'Callbot', namespace, name, uid: `uid-of-${name}` },
    type: 'Warning',
    reason: 'ZoneUnreachable',
    action: 'Probe',
    note: 'A zone does not answer.',
  })
  const eventsIn = async (namespace: string, name: string) => {
    const found = []
    for await (const raw of api().kube.list(resources.events, { namespace }))
      if ((raw.regarding as { name: string }).name === name) found.push(raw)
    return found
  }

  it('are taken as they are, and repeats become a count in the one event', async () => {
    const clock = new FakeClock()
    const recorder = createEventRecorder({ transport: api().transport, instance: 'operator-1', log: silent, clock })
    for (let i = 0; i < 10; i++) recorder.publish(facts('default', 'repeats'))
    await eventually(async () => void expect((await eventsIn('default', 'repeats')).length).to.equal(1))
    await clock.pass(30_000)
    await eventually(async () => {
      const events = await eventsIn('default', 'repeats')
      expect(events.map(({ series }) => (series as { count: number } | undefined)?.count)).to.deep.equal([10])
    })
    expect(recorder.dropped()).to.equal(0)
  })

  it('about something cluster-wide are in the namespace default', async () => {
    const recorder = createEventRecorder({ transport: api().transport, instance: 'operator-1', log: silent })
    recorder.publish(facts(undefined, 'wide'))
    await recorder.flush()
    expect((await eventsIn('default', 'wide')).length).to.equal(1)
  })

  it('survive that somebody removed the event that they count in', async () => {
    const clock = new FakeClock()
    const recorder = createEventRecorder({ transport: api().transport, instance: 'operator-1', log: silent, clock })
    recorder.publish(facts('default', 'removed'))
    await eventually(async () => void expect((await eventsIn('default', 'removed')).length).to.equal(1))
    const [event] = await eventsIn('default', 'removed')
    await api().kube.remove(resources.events, 'default', event!.metadata.name)
    recorder.publish(facts('default', 'removed'))
    await eventually(async () => {
      await clock.pass(30_000)
      expect((await eventsIn('default', 'removed')).length).to.equal(1)
    })
  })

  it('into a namespace that is not there are dropped and counted, and keep nothing else back', async () => {
    const recorder = createEventRecorder({ transport: api().transport, instance: 'operator-1', log: silent })
    recorder.publish(facts('nowhere', 'lost'))
    recorder.publish(facts('default', 'kept'))
    await recorder.flush(10)
    expect([recorder.dropped(), (await eventsIn('default', 'kept')).length]).to.deep.equal([1, 1])
  })
})
