import { expect } from 'chai'
import { turnRoots } from '../../../src/records/turn.ts'
import type { RootsFile } from '../../../src/records/roots-file.ts'
import { silent } from '../../../src/runtime/log.ts'
import type { Roots } from '../../../src/seal/roots.ts'
import type { Slot } from '../../../src/rules/root-turn.ts'

const [OLD, YOUNG] = ['2026-11-27t00-00-00', '2026-11-28t00-00-00']

/** @param inDatabase generations with buckets @param slots where each held generation is mounted */
function pass(current: string, inDatabase: string[], slots: Record<string, Slot>) {
  const retired: string[] = []
  const held: Roots = { current, keys: new Map(Object.keys(slots).map((each) => [each, Buffer.alloc(32)])) }
  const roots: RootsFile = {
    problem: undefined,
    use: async (work) => work(held),
    slotOf: (generation) => slots[generation],
    retire: (generations) => void retired.push(...generations),
    close: () => {},
  }
  const store = {
    generations: async () => inDatabase,
    under: async () => [],
    rewrap: async () => true as const,
    retire: async (generation: string) => {
      inDatabase = inDatabase.filter((each) => each !== generation)
      return true as const
    },
  }
  return turnRoots({ store, roots, log: silent }).then((inUse) => ({ inUse, retired }))
}

describe('what a pod of callbot-records reports of its root keys', () => {
  it('is the Secret that seals, alone, when no other is needed', async () => {
    const { inUse } = await pass(OLD, [OLD], { [OLD]: 'a' })
    expect(inUse).to.deep.equal({ seals: 'a', generation: OLD, needs: ['a'] })
  })

  it('needs the Secret of a younger generation that it has, before that one seals', async () => {
    const { inUse } = await pass(OLD, [OLD], { [OLD]: 'a', [YOUNG]: 'b' })
    expect(inUse).to.deep.equal({ seals: 'a', generation: OLD, needs: ['a', 'b'] })
  })

  it('needs the older Secret no longer once its generation is retired', async () => {
    const { inUse, retired } = await pass(YOUNG, [OLD, YOUNG], { [OLD]: 'a', [YOUNG]: 'b' })
    expect(inUse).to.deep.equal({ seals: 'b', generation: YOUNG, needs: ['b'] })
    expect(retired).to.deep.equal([OLD])
  })

  it('is nothing where the database has a generation that the pod has not', async () => {
    expect((await pass(OLD, [OLD, YOUNG], { [OLD]: 'a' })).inUse).to.equal(undefined)
  })
})
