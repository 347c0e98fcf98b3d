import { expect } from 'chai'
import {
  detectConnectionStalls,
  type ConnectionStallDetector,
} from '../../../../src/telephony/agent/connection-stall-detector.ts'
import type { Flow } from '../../../../src/telephony/transport/flow.ts'
import { FakeClock } from '../../../harness/fake-clock.ts'

const [probe, call] = [true, false]

describe('a line that was dead for a while', () => {
  let clock: FakeClock
  let lines: ConnectionStallDetector
  const line = { isReliable: true } as Flow
  const probeFor = async (seconds: number, of = line) => {
    for (let second = 0; second < seconds; second++) {
      expect(lines.read(of, probe)).to.equal(false)
      await clock.pass(1_000)
    }
  }
  beforeEach(() => {
    clock = new FakeClock()
    lines = detectConnectionStalls(clock)
  })

  it('brings what waited on its way, probes and calls alike, and then what is new', async () => {
    await probeFor(3)
    await clock.pass(12_000)
    expect(lines.read(line, probe)).to.equal(true)
    await clock.pass(20)
    expect([lines.read(line, call), lines.read(line, probe)]).to.deep.equal([true, true])
    await clock.pass(200)
    expect(lines.read(line, call)).to.equal(false)
  })

  it('is another one for each edge', async () => {
    const other = { isReliable: true } as Flow
    for (let second = 0; second < 12; second++) await probeFor(1, second < 3 ? line : other)
    expect(lines.read(other, call)).to.equal(false)
    expect(lines.read(line, call)).to.equal(true)
  })

  it('is none that misses one probe', async () => {
    await probeFor(3)
    await clock.pass(1_000)
    expect(lines.read(line, call)).to.equal(false)
  })

  it('is none of a caller who probes seldom or never: silence says nothing there', async () => {
    expect(lines.read(line, call)).to.equal(false)
    await clock.pass(60_000)
    expect(lines.read(line, probe)).to.equal(false)
    await clock.pass(60_000)
    expect(lines.read(line, probe)).to.equal(false)
    await clock.pass(60_000)
    expect(lines.read(line, call)).to.equal(false)
  })

  it('is none of UDP, where nothing waits', async () => {
    const datagrams = { isReliable: false } as Flow
    await probeFor(3, datagrams)
    await clock.pass(12_000)
    expect(lines.read(datagrams, call)).to.equal(false)
  })
})
