import { expect } from 'chai'
import fc from 'fast-check'
import { Heap } from '../../../src/lib/heap.ts'

describe('a heap', () => {
  it('gives the smallest first, whatever was pushed and popped before', () => {
    const steps = fc.array(fc.oneof(fc.integer({ min: -50, max: 50 }), fc.constant('pop' as const)))
    fc.assert(
      fc.property(steps, (list) => {
        const heap = new Heap<number>((a, b) => a < b)
        const model: number[] = []
        for (const step of [...list, ...list.map(() => 'pop' as const)]) {
          if (step === 'pop') expect(heap.pop()).to.equal(model.sort((a, b) => a - b).shift())
          else {
            heap.push(step)
            model.push(step)
          }
          expect(heap.size).to.equal(model.length)
          expect(heap.peek()).to.equal(model.length === 0 ? undefined : Math.min(...model))
        }
      }),
    )
  })
})
