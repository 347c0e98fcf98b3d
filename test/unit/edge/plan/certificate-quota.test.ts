import { expect } from 'chai'
import { DEFAULT_EGRESS } from '../../../../src/rules/egress.ts'
import { planTrunks, type TrunkFacts } from '../../../../src/edge/plan/trunk-tables.ts'
import type { SecretRead } from '../../../../src/edge/plan/secret-values.ts'
import { createAuthority } from '../../../harness/authority.ts'
import { aTrunkGroup } from '../../../harness/builders-trunks.ts'

describe('the memory that certificates of trunks share', () => {
  const { cert } = createAuthority('carrier')
  const bundle = cert.repeat(50)
  const count = Math.floor(262_144 / bundle.length)
  /** Each with a bundle of its own, at a port of its own: a namespace has three connections to one. */
  const group = (namespace: string, index: number) => {
    const tls = { caSecret: { name: `ca-${index}`, key: 'ca.crt' } }
    return aTrunkGroup([{ host: '192.0.2.1', port: 6_000 + index, transport: 'TLS', tls }], {
      integration: { namespace, name: `i-${index}`, uid: `${namespace}-${index}` },
    })
  }
  const bundles = Array.from({ length: 2 * count }, (_, index) => createAuthority(`c${index}`).cert + cert.repeat(49))
  const secrets = new Map(
    ['acme', 'lilas'].flatMap((namespace) =>
      bundles.map((text, index): [string, SecretRead] => [
        `${namespace}/ca-${index}`,
        { data: new Map([['ca.crt', text]]) },
      ]),
    ),
  )
  const plan = (groups: ReturnType<typeof group>[], kept: TrunkFacts['kept'] = new Map()) =>
    planTrunks(groups, {
      ...{ addresses: new Map(), secrets, kept, now: 0, holders: new Map(), lines: [], mostLines: 256 },
      ...{ egress: DEFAULT_EGRESS, isOnLoopback: false },
      grants: [{ address: '192.0.2.1', namespaces: ['*'] }],
    })

  it('is bounded for each namespace, takes nothing from another, and what worked keeps its place', () => {
    const last = plan([group('acme', 2 * count - 1)])
    const all = plan([...bundles.map((_, index) => group('acme', index)), group('lilas', 0)], last.kept)
    const works = all.trunks.map(({ integration }) => integration)
    expect(works)
      .to.include(`acme/i-${2 * count - 1}`)
      .and.include('lilas/i-0')
    expect(works.filter((key) => key.startsWith('acme/')).length).to.be.at.most(count)
    expect(all.unusable[0]!.because).to.include('256 KiB')
    const grown = new Map(all.kept)
    for (const [key, { host, authorities }] of all.kept)
      if (key.startsWith('acme/')) grown.set(key, { host, authorities: { ...authorities!, pem: `${key} was small` } })
    const renewed = plan([...bundles.map((_, index) => group('acme', index))], grown)
    expect(renewed.trunks.filter(({ refused }) => refused?.includes('256 KiB')).length, 'by renewal').to.be.above(0)
    const next = plan([...bundles.map((_, index) => group('acme', index)), group('lilas', 0)], all.kept)
    expect(next.trunks.length, 'no more the next time').to.equal(all.trunks.length)
  })
})
