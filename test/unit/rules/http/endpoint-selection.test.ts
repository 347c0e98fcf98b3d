import { expect } from 'chai'
import fc from 'fast-check'
import {
  type CircuitState,
  mayAskAgain,
  orderOf,
  probed,
  type Standing,
  UNPROBED,
} from '../../../../src/rules/http/endpoint-selection.ts'

const rule = { downAfter: 2, upAfter: 3 }
const after = (...answers: boolean[]) => answers.reduce((health, isAlive) => probed(health, isAlive, rule), UNPROBED)

describe('the health of an endpoint', () => {
  it('is unknown until a probe is answered, or enough are not', () => {
    expect(after().state).to.equal('Unknown')
    expect(after(true).state).to.equal('Up')
    expect(after(false).state).to.equal('Unknown')
    expect(after(false, false).state).to.equal('Down')
  })

  it('turns only after that many probes in a row', () => {
    expect(after(true, false, true, false).state).to.equal('Up')
    expect(after(true, false, false).state).to.equal('Down')
    expect(after(false, false, true, true, false, true, true).state).to.equal('Down')
    expect(after(false, false, true, true, true).state).to.equal('Up')
  })
})

const an = (name: string, change: Partial<Standing> = {}) => ({
  name,
  role: name === 'primary' ? ('Primary' as const) : ('Backup' as const),
  isDown: false,
  circuit: 'Closed' as CircuitState,
  ...change,
})
const names = (...args: Parameters<typeof orderOf<ReturnType<typeof an>>>) => orderOf(...args).map(({ name }) => name)

describe('the endpoints that are asked', () => {
  it('are the primary, wherever it is listed, and the backups in their order', () => {
    expect(names([an('one'), an('primary'), an('two')], 'Idempotent')).to.deep.equal(['primary', 'one', 'two'])
  })

  it('are those first that are not known to be down, and the others when nobody else answers', () => {
    expect(names([an('primary', { isDown: true }), an('one')], 'NotIdempotent')).to.deep.equal(['one', 'primary'])
  })

  it('are never those that are left alone', () => {
    expect(names([an('primary', { circuit: 'Open' }), an('one')], 'Idempotent')).to.deep.equal(['one'])
    expect(names([an('primary', { circuit: 'Open' })], 'Idempotent')).to.deep.equal([])
  })

  it('are tried after a break by who can be asked twice, and by others only when nobody else is there', () => {
    const endpoints = [an('primary', { circuit: 'Trial' }), an('one')]
    expect(names(endpoints, 'IdempotencyKey')).to.deep.equal(['primary', 'one'])
    expect(names(endpoints, 'NotIdempotent')).to.deep.equal(['one', 'primary'])
  })

  it('are all that are not left alone, each once', () => {
    const standing = fc.record({
      role: fc.constantFrom('Primary' as const, 'Backup' as const),
      isDown: fc.boolean(),
      circuit: fc.constantFrom('Closed' as const, 'Trial' as const, 'Open' as const),
    })
    fc.assert(
      fc.property(fc.array(standing), fc.constantFrom('Idempotent' as const, 'NotIdempotent' as const), (all, how) => {
        const order = orderOf(all, how)
        expect(new Set(order).size).to.equal(order.length)
        expect(order).to.have.members(all.filter(({ circuit }) => circuit !== 'Open'))
      }),
    )
  })
})

describe('an operation without a usable answer', () => {
  it('is asked for again, unless it does harm and may have been received', () => {
    expect(mayAskAgain('Idempotent', true)).to.equal(true)
    expect(mayAskAgain('IdempotencyKey', true)).to.equal(true)
    expect(mayAskAgain('NotIdempotent', false)).to.equal(true)
    expect(mayAskAgain('NotIdempotent', true)).to.equal(false)
  })
})
