import { expect } from 'chai'
import fc from 'fast-check'
import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { callbotSchema } from '../../../src/api/callbot.ts'
import { runConversation } from '../../../src/conversation/test-player.ts'
import {
  advanceConversation,
  prepareFlow,
  promptsOf,
  startConversation,
  textsOf,
} from '../../../src/conversation/engine.ts'
import type { ConversationEvent, Effect } from '../../../src/conversation/types.ts'
import { aFlow, asking, inFrance, PlayedCall } from '../../harness/flows.ts'
import { NOW } from '../../harness/hearing.ts'

const yesNo = 'slot: { type: YesNo }'

describe('a dialog', () => {
  it('says all that comes before the first question in one move', () => {
    const call = new PlayedCall(
      aFlow(`steps:
  - { name: a, say: { text: Bonjour., bargeIn: Refused }, next: b }
  - { name: b, say: { text: Bienvenue. }, next: c }
  - { name: c, ask: { text: 'Oui ?', field: ok, ${yesNo} }, next: d }
  - { name: d, hangUp: {} }`),
    )
    expect(
      call.effects.map((effect) => (effect.type === 'Say' ? [effect.text, effect.bargeIn] : effect.type)),
    ).to.deep.equal([['Bonjour.', 'Refused'], ['Bienvenue.', 'Allowed'], ['Oui ?', 'Allowed'], 'Listen'])
    expect(call.state).to.include({ step: 'c', waitsFor: 'Answer' })
  })

  it('goes the first branch that is true, else the other way', () => {
    const flow = (operator: string, values: string, collected: string) => {
      const call = new PlayedCall(
        aFlow(`steps:
  - { name: a, ask: { text: '?', field: n, slot: { type: Digits, maxDigits: 2 } }, next: b }
  - name: b
    choose: { branches: [{ field: n, operator: ${operator}, values: ${values}, next: c }], otherwise: d }
  - { name: c, hangUp: { say: vrai } }
  - { name: d, hangUp: { say: faux } }`),
      )
      return call.types(collected).said
    }
    expect(flow('In', "['12', '13']", '12')).to.equal('vrai')
    expect(flow('NotIn', "['12']", '12')).to.equal('faux')
    expect(flow('Exists', '[]', '12')).to.equal('vrai')
    expect(flow('Absent', '[]', '12')).to.equal('faux')
    expect(flow('Below', "['12']", '11')).to.equal('vrai')
    expect(flow('Below', "['12']", '12')).to.equal('faux')
    expect(flow('Above', "['12']", '13')).to.equal('vrai')
  })

  describe('that calls an operation', () => {
    const flow = aFlow(`steps:
  - { name: a, ask: { text: '?', field: jour, slot: { type: Date }, confirm: Never }, next: b }
  - name: b
    request:
      integration: cabinet
      operation: reserver
      input: [{ name: date, value: '{jour}' }, { name: dossier, value: '{dossier}' }]
      holdText: Un instant.
      outcomes: [{ outcome: Reserve, next: c }, { outcome: Failed, next: d }]
    next: e
  - { name: c, hangUp: { say: 'Le {jour} à {heure}.' } }
  - { name: d, hangUp: { say: Panne. } }
  - { name: e, hangUp: { say: Autre. } }`)
    const called = () => new PlayedCall(flow).hears('demain')

    it('gives values in their written form, and leaves out what was not collected', () => {
      expect(called().waits).to.deep.equal({
        type: 'RequestOperation',
        step: 'b',
        integration: 'cabinet',
        operation: 'reserver',
        input: { date: '2026-11-25' },
        holdText: 'Un instant.',
      })
    })

    it('gives no value that the retention policy does not list', () => {
      const asked = (collect: string[]) => new PlayedCall(flow, { ...inFrance, collect }).hears('demain').waits
      expect(asked(['jour'])).to.deep.include({ input: { date: '2026-11-25' } })
      expect(asked(['dossier'])).to.deep.include({ input: {} })
    })

    it('goes where the outcome leads, with what came back', () => {
      const call = called().happen({ type: 'OperationEnded', outcome: 'Reserve', output: { heure: '09:30' } })
      expect(call.said).to.equal('Le mercredi 25 novembre à 9 heures 30.')
      expect(call.waits).to.deep.equal({ type: 'HangUp', step: 'c' })
    })

    it('goes on where an outcome has no entry', () => {
      expect(called().happen({ type: 'OperationEnded', outcome: 'Failed', output: {} }).said).to.equal('Panne.')
      expect(called().happen({ type: 'OperationEnded', outcome: 'Complet', output: {} }).said).to.equal('Autre.')
    })

    it('does not listen meanwhile', () => {
      expect(called().hears('oui').effects).to.deep.equal([])
    })
  })

  describe('that transfers', () => {
    const flow = (more = '') =>
      aFlow(`steps:
  - { name: a, ask: { text: '?', field: motif, slot: { type: FreeText } }, next: b }
  - { name: b, transfer: { integration: cabinet, to: '4001', say: Je vous passe le service., handOver: [motif, autre]${more} } }
  - { name: c, hangUp: { say: Personne. } }`)

    it('says so, and hands over what was collected of what it names', () => {
      const call = new PlayedCall(flow(', unanswered: c')).hears('une fuite')
      expect(call.said).to.equal('Je vous passe le service.')
      expect(call.waits).to.deep.equal({
        type: 'Transfer',
        step: 'b',
        integration: 'cabinet',
        to: '4001',
        method: 'Bridge',
        handOver: { motif: 'une fuite' },
        ringSeconds: 30,
      })
    })

    it('hands over no value that the retention policy does not list', () => {
      const told = (collect: string[]) => new PlayedCall(flow(), { ...inFrance, collect }).hears('une fuite').waits
      expect(told(['motif'])).to.deep.include({ handOver: { motif: 'une fuite' } })
      expect(told(['autre'])).to.deep.include({ handOver: {} })
    })

    it('goes on when nobody answers, or to the emergency number', () => {
      const on = new PlayedCall(flow(', unanswered: c')).hears('une fuite').happen({ type: 'TransferFailed' })
      expect(on.said).to.equal('Personne.')
      const out = new PlayedCall(flow()).hears('une fuite').happen({ type: 'TransferFailed' })
      expect(out.waits).to.deep.equal({ type: 'Fallback', step: 'b', cause: 'BotFailure' })
    })
  })

  describe('that can not go on', () => {
    it("puts the caller through by the emergency number, with the bot's own words where it has some", () => {
      const say = 'Ne quittez pas.'
      const call = new PlayedCall(asking(yesNo), { ...inFrance, fallback: { causes: ['Silence'], say } })
      call.happen({ type: 'Trouble', cause: 'Silence' })
      expect(call.effects).to.deep.equal([
        { type: 'Say', text: say, bargeIn: 'Refused', step: 'question' },
        { type: 'Fallback', step: 'question', cause: 'Silence' },
      ])
    })

    it('apologises and hangs up when the emergency number is not meant for the cause', () => {
      const call = new PlayedCall(asking(yesNo), { ...inFrance, fallback: { causes: ['Silence'] } })
      call.happen({ type: 'Trouble', cause: 'BotFailure' })
      expect(call.said).to.match(/^Je suis désolé/)
      expect(call.waits).to.deep.equal({ type: 'HangUp', step: 'question' })
    })

    it('ends by the emergency number where a flow that nobody checked goes round, or has no such step', () => {
      const round = aFlow('steps: [{ name: a, say: { text: a }, next: b }, { name: b, say: { text: b }, next: a }]')
      expect(new PlayedCall(round).waits).to.include({ type: 'Fallback', cause: 'BotFailure' })
      const hole = asking(yesNo)
      hole.steps[0]!.next = 'nowhere'
      expect(new PlayedCall(hole).hears('oui').waits).to.include({ type: 'Fallback', cause: 'BotFailure' })
    })
  })

  it('tells its texts in the order of the flow, and which of them can be spoken ahead', () => {
    const script = prepareFlow(asking(`${yesNo}, reprompts: [Dites oui ou non.]`), inFrance)
    expect(textsOf(script).slice(0, 3)).to.deep.equal(['Alors ?', 'Dites oui ou non.', 'Compris : {value}.'])
    expect(promptsOf(script)).to.include('Alors ?').and.not.include('Compris : {value}.')
  })

  it('knows what day it is where the bot is at home', () => {
    const lateEvening = Date.UTC(2026, 10, 24, 23, 30)
    const day = (language: string, timeZone?: string) => {
      const script = prepareFlow(asking('slot: { type: Date }, confirm: Never'), { ...inFrance, language, timeZone })
      const [state] = startConversation(script, lateEvening, [])
      const text = language.startsWith('fr') ? 'demain' : 'tomorrow'
      return advanceConversation(script, state, { type: 'Heard', text }, lateEvening)[0].collected['value']
    }
    expect(day('fr-FR')).to.equal('2026-11-26')
    expect(day('fr-CA')).to.equal('2026-11-25')
    expect(day('en-GB')).to.equal('2026-11-25')
    expect(day('fr-FR', 'Pacific/Tahiti')).to.equal('2026-11-25')
  })
})

describe('the tests of the sample', () => {
  it('pass on every day of the year', () => {
    const { spec } = callbotSchema.parse(parse(readFileSync('config/samples/30-callbot.yaml', 'utf8')))
    const script = prepareFlow(spec.dialog.inline!, spec)
    for (let day = 0; day < 366; day++) {
      const at = NOW + day * 86_400_000
      for (const test of spec.tests)
        expect(runConversation(script, test, at).faults, String(new Date(at))).to.deep.equal([])
    }
  })
})

describe('the laws of every dialog', () => {
  const sample = callbotSchema.parse(parse(readFileSync('config/samples/30-callbot.yaml', 'utf8')))
  const script = prepareFlow(sample.spec.dialog.inline!, sample.spec)
  const words = fc.oneof(
    fc.string(),
    fc.string({ unit: 'grapheme' }),
    fc.constantFrom(
      ...[
        'oui',
        'non',
        'demain',
        'le 12 mars',
        'un rendez-vous',
        'annuler',
        "parler à quelqu'un",
        'le matin',
        'répétez',
      ],
      ...['zéro six trente-neuf 98 00 42', 'attendez', 'non, jeudi', 'hier', ''],
    ),
  )
  const event: fc.Arbitrary<ConversationEvent> = fc.oneof(
    { weight: 6, arbitrary: words.map((text) => ({ type: 'Heard' as const, text })) },
    {
      weight: 1,
      arbitrary: fc.record({
        type: fc.constant('Heard' as const),
        text: words,
        confidence: fc.double({ min: 0, max: 1, noNaN: true }),
      }),
    },
    { weight: 3, arbitrary: fc.constantFrom(...'0123456789*#').map((key) => ({ type: 'Key' as const, key })) },
    { weight: 2, arbitrary: fc.constant({ type: 'NoInput' as const }) },
    {
      weight: 2,
      arbitrary: fc
        .constantFrom('Reserve', 'Complet', 'Failed', 'Autre')
        .map((outcome) => ({ type: 'OperationEnded' as const, outcome, output: { heure: '09:30' } })),
    },
    { weight: 1, arbitrary: fc.constantFrom<ConversationEvent>({ type: 'TransferFailed' }, { type: 'ModelFailed' }) },
  )

  const isLawful = (effects: readonly Effect[]) => {
    if (effects.length === 0) return
    expect(effects.slice(0, -1).every(({ type }) => type === 'Say')).to.equal(true)
    expect(effects.at(-1)!.type).not.to.equal('Say')
    for (const effect of effects) if (effect.type === 'Say') expect(effect.text).not.to.match(/^$|[{}]|undefined/)
  }

  it('hold whatever happens: it never throws, and each move says something or nothing and then waits for one thing', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 60 }), (events) => {
        const [first, effects] = startConversation(script, NOW, [])
        isLawful(effects)
        let state = first
        for (const each of events) {
          const [next, more] = advanceConversation(script, state, each, NOW)
          isLawful(more)
          if (more.length === 0) expect(next).to.deep.equal(state)
          expect(script.steps.has(next.step)).to.equal(true)
          expect({ ...next, ...JSON.parse(JSON.stringify(next)) }).to.deep.equal(next)
          state = next
        }
      }),
      { numRuns: 300 },
    )
  })

  it('let nobody be kept who says nothing of use: the call ends within a bounded number of turns', () => {
    const useless = fc.constantFrom<ConversationEvent>(
      { type: 'NoInput' },
      { type: 'Heard', text: '' },
      { type: 'Heard', text: 'patati patata' },
      { type: 'Heard', text: 'répétez' },
      { type: 'Heard', text: 'attendez' },
      { type: 'Key', key: '#' },
    )
    fc.assert(
      fc.property(fc.array(useless, { minLength: 40, maxLength: 40 }), (events) => {
        let [state] = startConversation(script, NOW, [])
        let counted = 0
        for (const each of events) {
          const [next, effects] = advanceConversation(script, state, each, NOW)
          if (effects.length > 0) counted++
          state = next
        }
        // Stray keys mean nothing and cost nothing: the caller's silence after them does.
        expect(state.waitsFor === 'Nothing' || state.waitsFor === 'Transfer' || counted < 10).to.equal(true)
      }),
    )
  })

  it('are deaf once the call is over', () => {
    fc.assert(
      fc.property(event, (each) => {
        const call = new PlayedCall(asking(yesNo)).hears('oui')
        expect(call.waits!.type).to.equal('HangUp')
        expect(call.happen(each).effects).to.deep.equal([])
      }),
    )
  })
})
