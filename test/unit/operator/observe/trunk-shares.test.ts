import { expect } from 'chai'
import type { Caches } from '../../../../src/operator/observe/caches.ts'
import { createTrunkShares } from '../../../../src/operator/observe/trunk-shares.ts'
import { anIntegration } from '../../../harness/integration-worlds.ts'

const of = (namespace: string, name: string) => ({ ...anIntegration(), namespace, name, uid: name })

/** So many Integrations of one namespace, of which each has a trunk, beside one of a neighbour. */
function refusals(count: number) {
  const integrations = Array.from({ length: count }, (_, nth) => of('hostile', `wall-${nth}`))
  const neighbour = of('roses', 'desk')
  const caches = { integrations: { list: () => [...integrations, neighbour] }, trunks: { get: () => undefined } }
  const shares = createTrunkShares(caches as unknown as Pick<Caches, 'integrations' | 'trunks'>, {
    shares: { default: { integrations: 0 }, namespaces: {}, total: {} },
    operatorNamespace: 'callbot-system',
  })
  return { hostile: shares(integrations[0]!, 0), neighbour: shares(neighbour, 0) }
}

describe('the share of an Integration', () => {
  it('is asked for again by ten Integrations of a namespace in a second, however many are refused', () => {
    const [few, many] = [refusals(40), refusals(3_000)]
    expect(few.hostile).to.include({ resource: 'integrations', againSeconds: 10 })
    expect(many.hostile).to.include({ againSeconds: 300 })
    expect(many.neighbour, 'the neighbour asks as soon as ever').to.include({ againSeconds: 10 })
  })
})
