import { expect } from 'chai'
import { FairSlots } from '../../../src/lib/fair-slots.ts'

const tick = () => new Promise(setImmediate)

/** Work that ends when the test says so. */
function worker(slots: FairSlots) {
  const begun: { owner: string; end: () => void }[] = []
  const start = (owner: string) =>
    void slots.run(owner, () => new Promise<void>((end) => begun.push({ owner, end }))).catch(() => undefined)
  return { begun, start, owners: () => begun.map(({ owner }) => owner) }
}

describe('slots that owners share', () => {
  it('are limited for each owner and for all', async () => {
    const { start, owners } = worker(new FairSlots({ share: 2, total: 3 }))
    for (const owner of ['a', 'a', 'a', 'b', 'b', 'c']) start(owner)
    await tick()
    expect(owners()).to.deep.equal(['a', 'a', 'b'])
  })

  it('go to owners in turn, however much one of them has waiting', async () => {
    const { begun, start, owners } = worker(new FairSlots({ share: 1, total: 1 }))
    for (let nth = 0; nth < 100; nth++) start('greedy')
    for (const owner of ['b', 'c']) start(owner)
    for (let nth = 0; nth < 3; nth++) {
      await tick()
      begun.at(-1)!.end()
    }
    await tick()
    expect(owners().slice(0, 4)).to.deep.equal(['greedy', 'greedy', 'b', 'c'])
  })

  it('are free again when the work fails', async () => {
    const slots = new FairSlots({ share: 1, total: 1 })
    const failed = await slots.run('a', () => Promise.reject(new Error('no'))).catch(({ message }: Error) => message)
    expect(failed).to.equal('no')
    expect(await slots.run('a', () => Promise.resolve(7))).to.equal(7)
  })
})
