import { expect } from 'chai'
import { createRunMemory } from '../../../../src/operator/drill/run-memory.ts'
import { silent } from '../../../../src/runtime/log.ts'

describe('what a leader remembers of the drills that it runs', () => {
  it('has the newest begin of each namespace, whatever became of the drill, for a day', () => {
    let now = 1_000
    const memory = createRunMemory({ monotonic: () => now }, silent, () => {})
    memory.enter({ uid: 'one', namespace: 'lilas' }, 'Baseline', [])
    now = 2_000
    memory.enter({ uid: 'one', namespace: 'lilas' }, 'Injected', [])
    memory.enter({ uid: 'two', namespace: 'roses' }, 'Baseline', [])
    memory.forget('two')
    expect([...memory.turns()]).to.deep.equal([['lilas', 1_000], ['roses', 2_000]]) // prettier-ignore
    now = 86_401_500
    memory.enter({ uid: 'three', namespace: 'acacias' }, 'Baseline', [])
    expect([...memory.turns().keys()]).to.deep.equal(['roses', 'acacias'])
  })
})
