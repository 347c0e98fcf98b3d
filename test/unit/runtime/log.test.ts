import { expect } from 'chai'
import fc from 'fast-check'
import { pino } from 'pino'
import { describeBug } from '../../../src/runtime/redacted-error.ts'
import { callName, codeOf, instantOf, mayBeNamed, named, ownWords } from '../../../src/runtime/log-fields.ts'
import { type Log, silent } from '../../../src/runtime/log.ts'

/** As a caller says it, or a carrier sends it. */
const WORDS: string = ['ma', 'carte', 'est', '4970101234567890'].join(' ')

describe('a log', () => {
  it('takes what is fixed, counted or named, and is pino as it is', () => {
    const log: Log = pino({ level: 'silent' })
    const state = 'Up' as 'Up' | 'Down'
    log.info({ calls: 3, isFull: false, state, none: undefined, kind: 'Callbot' }, 'a fixed text')
    log.info({ bots: ['a', 'b'].map(named), at: instantOf(0), why: ownWords('it is new') }, 'a fixed text')
    log.warn(describeBug(new Error('a bug')), 'a fixed text')
    log.debug({ call: callName(crypto.randomUUID()), zone: mayBeNamed(undefined) }, 'a fixed text')
    const both = { calls: 3, state, ...describeBug(new Error('a bug')) }
    log[state === 'Up' ? 'info' : 'warn'](both, 'a fixed text')
  })

  // `tsc` holds these: each line that would compile is an error of its own.
  it('takes no words, number or error of a caller, nor of who sent them: such a line does not compile', () => {
    const number = WORDS as `+${number}`
    const error = new Error(WORDS)
    // @ts-expect-error a text that is not fixed
    silent.info({ words: WORDS }, 'a fixed text')
    // @ts-expect-error the caller's number, by whatever type
    silent.info({ number }, 'a fixed text')
    // @ts-expect-error a text that is made
    silent.info({ words: `said ${WORDS}` }, 'a fixed text')
    // @ts-expect-error an error has a message
    silent.error({ err: error }, 'a fixed text')
    // @ts-expect-error and so has its text
    silent.error({ error: String(error) }, 'a fixed text')
    // @ts-expect-error or its message
    silent.error({ error: error.message }, 'a fixed text')
    // @ts-expect-error something that nobody has looked at
    silent.error({ value: JSON.parse('{}') as unknown }, 'a fixed text')
    // @ts-expect-error an object, with whatever is in it
    silent.info({ collected: { motif: WORDS } }, 'a fixed text')
    // @ts-expect-error a list of texts
    silent.info({ heard: [WORDS] }, 'a fixed text')
    // @ts-expect-error octets, such as sound
    silent.info({ sound: new Uint8Array(2) }, 'a fixed text')
    // @ts-expect-error a message that is made
    silent.info({}, `the caller said ${WORDS}`)
    // @ts-expect-error a message that comes from elsewhere
    silent.info({}, WORDS)
    // @ts-expect-error not even among fields that are fine
    silent.info({ calls: 3, words: WORDS }, 'a fixed text')
    expect(silent).to.have.all.keys('debug', 'info', 'warn', 'error')
  })

  it('has of a name that is none its length alone', () => {
    expect(named('clinic/accueil')).to.equal('clinic/accueil')
    expect(named('spec.dialog.steps[2].ask')).to.equal('spec.dialog.steps[2].ask')
    expect(named(WORDS)).to.equal('(no name, 29 characters)')
  })

  it('has of an error its kind, code and place, and nothing of its text', () => {
    const parse = () => {
      try {
        JSON.parse(WORDS)
      } catch (error) {
        return describeBug(error)
      }
      return undefined
    }
    expect(parse()).to.include({ bug: 'SyntaxError' })
    expect(codeOf({ code: 'ECONNREFUSED' })).to.equal('ECONNREFUSED')
    expect(codeOf({ code: WORDS })).to.equal(undefined)
    fc.assert(
      fc.property(fc.string({ minLength: 8 }), fc.string({ minLength: 8 }), (text, name) => {
        const error = Object.assign(new Error(`x${text}\n    at ${text}`), {
          code: `${text} ${name}`,
          name: `${name} `,
        })
        for (const value of Object.values(describeBug(error))) expect(String(value)).not.to.include(text)
      }),
    )
  })
})
