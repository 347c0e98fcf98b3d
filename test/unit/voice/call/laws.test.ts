import { expect } from 'chai'
import fc from 'fast-check'
import type { CallInput } from '../../../../src/voice/call/types.ts'
import type { Effect } from '../../../../src/conversation/types.ts'
import { answered, listen, LOUD, say } from '../../../harness/call-stage.ts'

describe('any call', () => {
  it('keeps its laws whatever happens: one Send for each tick, nothing after the end, and an end when it is stuck', () => {
    const input: fc.Arbitrary<CallInput> = fc.oneof(
      {
        weight: 12,
        arbitrary: fc.constantFrom<CallInput>({ type: 'Tick', samples: undefined }, { type: 'Tick', samples: LOUD }),
      },
      fc.constantFrom(...'0123456789*#').map((key): CallInput => ({ type: 'Key', key })),
      fc.double({ min: 0, max: 1, noNaN: true }).map((probability): CallInput => ({ type: 'Judged', probability })),
      fc.tuple(fc.nat(20), fc.option(fc.nat(3_000))).map(([id, length]): CallInput => ({
        type: 'Rendered',
        id,
        samples: length === null ? undefined : new Int16Array(length),
      })),
      fc
        .tuple(fc.nat(20), fc.constantFrom('', 'oui', undefined))
        .map(([id, text]): CallInput => ({ type: 'Transcribed', id, text })),
      fc.nat(20).map((id): CallInput => ({ type: 'TransferFailed', id })),
      fc.constant<CallInput>({ type: 'Trouble', cause: 'BotFailure', reason: 'draining' }),
    )
    const reply = fc.constantFrom<Effect[]>(
      [],
      [listen],
      [say('Oui. Non.'), listen],
      [say('Fin.'), { type: 'HangUp', step: 'end' }],
      [{ type: 'RequestOperation', step: 'x', integration: 'a', operation: 'b', input: {} }],
      [{ type: 'Transfer', step: 'x', integration: 'a', to: '1', method: 'Bridge', handOver: {}, ringSeconds: 5 }],
    )
    fc.assert(
      fc.property(fc.array(input, { maxLength: 400 }), reply, reply, (inputs, heard, silent) => {
        const stage = answered([say('Bonjour. Oui ?'), listen], { Heard: heard, Key: heard, NoInput: silent })
        let isOver = false
        let sends = 0
        let ticks = 0
        const inTime = inputs.flatMap((one): CallInput[] =>
          one.type === 'Tick' ? [{ type: 'DelayExpired' }, one] : [one],
        )
        for (const one of inTime) {
          const effects = stage.do(one)
          if (one.type === 'Tick' && !isOver) ticks++
          sends += effects.filter(({ type }) => type === 'Send').length
          expect(sends).to.equal(stage.state.isDelayed ? ticks - 1 : ticks)
          if (isOver) expect(effects).to.deep.equal([])
          isOver ||= stage.state.isOver
          expect(stage.of('End').length).to.equal(isOver ? 1 : 0)
        }
      }),
      { numRuns: 150 },
    )
  })
})
