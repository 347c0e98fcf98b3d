// @seconds 5
import { expect } from 'chai'
import { startEdgeRig, type EdgeRig } from '../../harness/edge-rig.ts'

/** Each change of a certificate, an authority or a list loads all of them again, and clients change theirs whenever they like. */
const CHANGES = 60
/** Octets: what some of them hold until the next one frees it. With an allocator that loses it, 50 changes take 58 MiB. */
const MOST_GROWTH = 2 * 2 ** 20

describe("the proxy's memory", function () {
  this.timeout(90_000)
  let rig: EdgeRig

  before(async () => void (rig = await startEdgeRig({ address: '127.0.0.98' })))
  after(() => rig?.stop())

  async function used(): Promise<number> {
    const answer = await rig.rpc.call('stats.get_statistics', 'shmem:')
    const texts = answer.ok ? answer.values.map(String) : []
    return Number(/real_used_size = (\d+)/.exec(texts.join())?.[1])
  }

  it('does not grow however often certificates change', async () => {
    let early = 0
    for (let change = 1; change <= CHANGES; change++) {
      expect(await rig.rpc.call('tls.reload')).to.include({ ok: true })
      if (change === 10) early = await used()
    }
    expect(early).to.be.above(0)
    expect((await used()) - early).to.be.below(MOST_GROWTH)
  })
})
