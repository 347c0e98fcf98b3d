import { expect } from 'chai'
import fc from 'fast-check'
import { fingerprint } from '../../../../src/lib/canonical.ts'
import { PROBES, shareProbes, type Probed } from '../../../../src/edge/plan/probe-shares.ts'

const trunksOf = (namespace: string, count: number, intervalSeconds = 1): Probed[] =>
  Array.from({ length: count }, (_, nth) => ({ id: fingerprint([namespace, nth]), namespace, intervalSeconds }))
const rateOf = (trunks: readonly Probed[], times: ReturnType<typeof shareProbes>) =>
  trunks.reduce((sum, { id }) => sum + 1_000 / times.get(id)!.every, 0)
const world = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 10 })), { minLength: 1, maxLength: 30 })
  .map((all) => all.map(([count, interval], index) => trunksOf(`ns-${index}`, count, interval)))
const WITHIN = 1.001

describe('how often the trunks of tenants are asked', () => {
  it('is as their Integrations say, and at once, while there are few', () => {
    const trunks = [...trunksOf('lilas', 2, 5), ...trunksOf('acme', 3, 1)]
    const times = shareProbes(trunks)
    expect(trunks.map(({ id }) => times.get(id))).to.deep.equal([
      ...Array(2).fill({ every: 5_000, first: 0 }),
      ...Array(3).fill({ every: 1_000, first: 0 }),
    ])
  })

  it('is less for a tenant with thousands, whose neighbour notices nothing', () => {
    const [few, many] = [trunksOf('lilas', 3), trunksOf('mechant', 3_000)]
    const times = shareProbes([...many, ...few])
    for (const { id } of few) expect(times.get(id)!.every).to.equal(1_000)
    for (const { id } of many) expect(times.get(id)!.every).to.equal(150_000)
    const phases = many.map(({ id }) => times.get(id)!.first)
    expect(Math.max(...phases) - Math.min(...phases), 'not all at once').to.be.above(140_000)
    for (const { id } of few) expect(times.get(id)!.first).to.be.below(1_000)
  })

  it('is never more than the share of a namespace, nor than all may have, and never more often than asked for', () => {
    fc.assert(
      fc.property(world, (namespaces) => {
        const all = namespaces.flat()
        const times = shareProbes(all)
        expect(rateOf(all, times)).to.be.at.most(PROBES.total * WITHIN)
        for (const own of namespaces) expect(rateOf(own, times)).to.be.at.most(PROBES.share * WITHIN)
        for (const { id, intervalSeconds } of all) expect(times.get(id)!.every).to.be.at.least(intervalSeconds * 1_000)
      }),
    )
  })

  it('is as a tenant says whose trunks need no more than an equal part, whatever the others have', () => {
    fc.assert(
      fc.property(world, (namespaces) => {
        const times = shareProbes(namespaces.flat())
        const part = Math.min(PROBES.share, PROBES.total / namespaces.length)
        for (const own of namespaces) {
          const need = own.reduce((sum, { intervalSeconds }) => sum + 1 / intervalSeconds, 0)
          if (need <= part)
            for (const { id, intervalSeconds } of own) expect(times.get(id)!.every).to.equal(intervalSeconds * 1_000)
        }
      }),
    )
  })
})
