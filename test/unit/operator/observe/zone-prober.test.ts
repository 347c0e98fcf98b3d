import { expect } from 'chai'
import { createZoneProber } from '../../../../src/operator/observe/zone-prober.ts'
import { FakeClock } from '../../../harness/fake-clock.ts'

/** A pod on each node, one node in each zone. */
const ZONES = ['zone-a', 'zone-b', 'zone-c']
const nodes = ZONES.map((zone) => ({ name: `node of ${zone}`, zone }))
/** A probe's patience with who says nothing. */
const PATIENCE_MS = 900

describe('asking zones whether they answer', () => {
  let clock: FakeClock
  let silent: Set<string>
  let told: { at: number; zone: string; answering: boolean | undefined }[]
  let end: AbortController

  beforeEach(async () => {
    clock = new FakeClock()
    silent = new Set()
    told = []
    end = new AbortController()
    const pod = (node: string) => ({ node, ready: true, terminating: false, ip: '10.0.0.1' })
    const prober = createZoneProber({
      caches: {
        nodes: { list: () => nodes },
        pods: { byIndex: (_index: string, node: string) => [pod(node)] },
      } as never,
      probe: ({ node }) => {
        const { zone } = nodes.find(({ name }) => name === node)!
        if (!silent.has(zone)) return Promise.resolve(true)
        return new Promise((resolve) => void clock.after(PATIENCE_MS, () => resolve(false)))
      },
      clock,
      onChange: (zone, answering) => told.push({ at: clock.monotonic(), zone, answering }),
    })
    void prober.run(end.signal)
    await clock.pass(10_000)
    told.length = 0
  })
  afterEach(() => end.abort())

  for (const phase of [0, 1, 500, 999]) {
    it(`tells within 4 s that one has fallen silent, and within 2 s that it is back (${phase} ms after a round)`, async () => {
      await clock.pass(phase)
      const lost = clock.monotonic()
      silent.add('zone-b')
      await clock.pass(20_000)
      expect(told).to.have.lengthOf(1)
      expect(told[0]).to.include({ zone: 'zone-b', answering: false })
      expect(told[0]!.at - lost).to.be.within(2_000, 4_000)
      const back = clock.monotonic()
      silent.clear()
      await clock.pass(20_000)
      expect(told).to.have.lengthOf(2)
      expect(told[1]).to.include({ zone: 'zone-b', answering: true })
      expect(told[1]!.at - back).to.be.at.most(2_000)
    })
  }

  it('says nothing of one that missed two rounds and answered the next', async () => {
    silent.add('zone-b')
    await clock.pass(1_950)
    silent.clear()
    await clock.pass(20_000)
    expect(told).to.deep.equal([])
  })

  it('knows of none when none answers: it is itself that is cut off', async () => {
    for (const zone of ZONES) silent.add(zone)
    await clock.pass(20_000)
    expect(told.map(({ answering }) => answering)).to.deep.equal([undefined, undefined, undefined])
  })
})
