import { expect } from 'chai'
import { refused, type StoreRefusal } from '../../../src/messages/store/refusal.ts'
import type { Usage } from '../../../src/store/postgres/tenant-store.ts'
import { Usages } from '../../../src/store-server/usage.ts'

const quota = { keys: 10, octets: 1_000 }
const settled = () => new Promise(setImmediate)

function usages(counts: Record<string, Usage | StoreRefusal>) {
  let now = 0
  const counted: string[] = []
  const count = async (namespace: string) => {
    counted.push(namespace)
    return counts[namespace]!
  }
  const all = new Usages({ quota, clock: { monotonic: () => now }, count })
  return { all, counted, counts, pass: (ms: number) => (now += ms) }
}

describe('what namespaces keep', () => {
  it('is refused beyond the quota, with what is had and where it is raised, and of nobody else', async () => {
    const { all } = usages({ acme: { keys: 10, octets: 5 }, other: { keys: 9, octets: 999 } })
    for (const namespace of ['acme', 'other']) all.beyond(namespace)
    await settled()
    expect(all.beyond('acme')).to.include({ reason: 'QuotaExceeded' })
    expect(all.beyond('acme')!.because).to.equal(
      'namespace acme has 10 of 10 keys: keep less, or have records.store.keysPerNamespace of the chart raised',
    )
    expect(all.beyond('other')).to.equal(undefined)
    all.add('other', { octets: 1 })
    expect(all.beyond('other')!.because).to.include('octetsPerNamespace')
  })

  it('is counted once a minute, and added up in between', async () => {
    const { all, counted, counts, pass } = usages({ acme: { keys: 0, octets: 0 } })
    expect(all.beyond('acme')).to.equal(undefined)
    await settled()
    for (let nth = 0; nth < 10; nth++) all.add('acme', { keys: 1 })
    expect(all.beyond('acme')).to.include({ reason: 'QuotaExceeded' })
    pass(59_999)
    all.beyond('acme')
    expect(counted).to.deep.equal(['acme'])
    counts['acme'] = { keys: 3, octets: 0 }
    pass(1)
    all.beyond('acme')
    await settled()
    expect(counted).to.deep.equal(['acme', 'acme'])
    expect(all.beyond('acme')).to.equal(undefined)
  })

  it('goes on being what was counted and added while no count succeeds', async () => {
    const { all, counts, pass } = usages({ acme: { keys: 9, octets: 0 } })
    all.beyond('acme')
    await settled()
    counts['acme'] = refused('Unavailable', 'down')
    pass(60_000)
    all.beyond('acme')
    await settled()
    all.add('acme', { keys: 1 })
    expect(all.beyond('acme')).to.include({ reason: 'QuotaExceeded' })
  })

  it('is forgotten of a namespace that stored nothing for an hour', async () => {
    const { all, pass } = usages({ acme: { keys: 1, octets: 1 }, other: { keys: 1, octets: 1 } })
    all.beyond('acme')
    await settled()
    pass(3_600_001)
    all.beyond('other')
    expect([...all.all()].map(([namespace]) => namespace)).to.deep.equal(['other'])
  })
})
