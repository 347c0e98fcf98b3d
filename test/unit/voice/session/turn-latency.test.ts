import { expect } from 'chai'
import { turnInTime } from '../../../harness/call-in-time.ts'

/** What the platform may add to a turn (N3), milliseconds. */
const MOST_MS = 20
/** All times within a tick, and within the 5 ms of a lane. */
const phases = [0.5, 4.5, 8.5, 12.5, 16.5]

/** Spread evenly from 0 to 1, and the same in each run. */
const spread = (packet: number) => (packet * 0.618_034) % 1

async function worst(arrivalMs: (packet: number, phase: number) => number): Promise<number> {
  const costs: number[] = []
  for (const phase of phases) costs.push(await turnInTime((packet) => arrivalMs(packet, phase)))
  return Math.max(...costs)
}

describe('a turn of a call', () => {
  it('costs at most 10 ms more than the silence that ends it and the engines, whenever the packets come', async () => {
    expect(await worst((packet, phase) => packet * 20 + phase)).to.be.within(0, 10)
  })

  it('costs at most 20 ms more on a line with 10 ms of jitter', async () => {
    expect(await worst((packet, phase) => packet * 20 + phase + 10 * spread(packet))).to.be.within(0, MOST_MS)
  })

  it('costs no more when the line stood still for a moment before', async () => {
    const arrival = (packet: number) => (packet >= 150 && packet < 154 ? 154 : packet) * 20
    expect(await worst((packet, phase) => arrival(packet) + phase)).to.be.within(0, 10)
  })
})
