import { expect } from 'chai'
import fc from 'fast-check'
import { checkFlow, type FlowContext } from '../../../../src/rules/flow/check.ts'
import { ask, bare, cabinet, END, errors, facts, lines, policy, sample } from '../../../harness/flow-check.ts'
import { aFlow } from '../../../harness/flows.ts'

const warnings = (yaml: string, given: Partial<FlowContext> = bare()) =>
  lines(checkFlow(aFlow(yaml), facts(given)).warnings).filter((line) => !line.startsWith('spec.tests:'))

describe('the check of a dialog', () => {
  it('finds nothing in the sample', () => {
    const found = checkFlow(sample.spec.dialog.inline!, facts({ policy: policy.spec }))
    expect(found).to.deep.equal({ errors: [], warnings: [] })
  })

  it('says the same of what it does not know: the objects beside the bot may come later', () => {
    const found = checkFlow(sample.spec.dialog.inline!, facts({ integrations: new Map(), policy: 'unknown' }))
    expect(found).to.deep.equal({ errors: [], warnings: [] })
  })

  describe('of its ways', () => {
    it('names every step that is not there, and the one that was meant', () => {
      const yaml = `steps:
  ${ask(', noMatch: { next: edn }')}
  - { name: pick, choose: { branches: [{ field: ok, values: ['yes'], next: end }], otherwise: nowhere } }
  ${END}`
      expect(errors(yaml)).to.deep.equal([
        'dialog.steps[0].ask.noMatch.next: there is no step edn. Did you mean end? Name one of the steps, or add the missing one',
        'dialog.steps[1].choose.otherwise: there is no step nowhere. Name one of the steps, or add the missing one',
      ])
    })

    it('names a step that nothing leads to', () => {
      expect(errors(`steps:\n  ${ask()}\n  ${END}\n  - { name: lost, hangUp: {} }`)).to.deep.equal([
        'dialog.steps[2]: no step leads to lost: name it in a next, make it the start, or remove it',
      ])
    })

    it('names a dialog that can not end', () => {
      const yaml = `steps:
  - { name: a, ask: { text: '?', field: x, slot: { type: YesNo } }, next: b }
  - { name: b, ask: { text: '?', field: y, slot: { type: YesNo } }, next: a }`
      expect(errors(yaml)).to.include(
        'dialog.steps[0]: no path from a ends: lead one to a step with hangUp or transfer',
      )
    })

    it('names a way round on which nobody is waited for, in its order', () => {
      const yaml = `steps:
  ${ask(', noMatch: { next: a }')}
  - { name: a, say: { text: a }, next: b }
  - name: b
    request: { integration: cabinet, operation: demander-rendez-vous }
    next: a
  ${END}`
      expect(errors(yaml, { ...bare(), integrations: new Map() })).to.deep.include(
        'dialog.steps[1]: a -> b -> a goes round and no ask, llm or transfer stands on it, so it never ends: lead a or b elsewhere',
      )
    })

    it('names a question that a silent caller, or one who is not understood, never gets out of', () => {
      const round = (kind: string) => `steps:
  - { name: ask, ask: { text: '?', field: ok, slot: { type: YesNo }, ${kind}: { next: sorry } }, next: end }
  - { name: sorry, say: { text: Encore. }, next: ask }
  ${END}`
      expect(errors(round('noInput'))[0]).to.match(
        /^dialog[.]steps\[0\][.]ask[.]noInput[.]next: a caller who stays silent never ends: ask -> sorry -> ask[.]/,
      )
      expect(errors(round('noMatch'))[0]).to.match(/a caller who is not understood never ends/)
    })

    it('leaves a way round alone on which the caller decides', () => {
      const yaml = `steps:
  ${ask().replace('next: end', 'next: pick')}
  - { name: pick, choose: { branches: [{ field: ok, values: ['yes'], next: end }], otherwise: ask } }
  ${END}`
      expect(errors(yaml)).to.deep.equal([])
    })
  })

  describe('of what it names outside', () => {
    const call = (more: string) => `steps:
  ${ask().replace('next: end', 'next: call')}
  - name: call
    request: { integration: cabinet, operation: demander-rendez-vous, ${more} }
    next: end
  ${END}`
    const input =
      'input: [{ name: motif, value: a }, { name: date, value: b }, { name: moment, value: c }, { name: telephone, value: d }'

    it('names an Integration that the bot does not list', () => {
      const yaml = `steps:\n  - { name: a, transfer: { integration: cabine, to: '4001' } }`
      expect(errors(yaml)).to.deep.equal([
        'dialog.steps[0].transfer.integration: cabine is not in spec.integrationRefs (cabinet). Did you mean cabinet? ' +
          'Add it there, or name one that is',
      ])
    })

    it('names an operation, an outcome and an input that the Integration does not have, and one that is missing', () => {
      expect(errors(call('input: []').replace('demander-rendez-vous', 'demander-rendez-vou'))).to.deep.equal([
        'dialog.steps[1].request.operation: Integration cabinet has no operation demander-rendez-vou. Did you mean demander-rendez-vous? ' +
          'Name one of its http.operations (demander-rendez-vous, chercher-rendez-vous or annuler-rendez-vous), or add it there',
      ])
      expect(
        errors(call(`${input}, { name: dosier, value: e }], outcomes: [{ outcome: Reservé, next: end }]`)),
      ).to.deep.equal([
        'dialog.steps[1].request.outcomes[0].outcome: operation demander-rendez-vous of Integration cabinet never ends as Reservé. ' +
          'Did you mean Reserve? Name one of Reserve, Complet, Done or Failed, or declare it there',
        'dialog.steps[1].request.input[4].name: operation demander-rendez-vous of Integration cabinet takes no dosier. ' +
          'Did you mean dossier? Name one of motif, date, moment, telephone or dossier, or declare it there',
      ])
      expect(errors(call(`${input.replace('{ name: date, value: b }, ', '')}]`))[0]).to.equal(
        'dialog.steps[1].request.input: operation demander-rendez-vous of Integration cabinet needs date: give it, or make it Optional in the Integration',
      )
    })

    it('refuses a web service with an endpoint outside of placement.regions, or whose region nobody knows', () => {
      const [paris, lyon] = cabinet.spec.http!.endpoints
      const inRegions = (...regions: string[]) => bare({ placement: { regions, certifications: [] } })
      const calling = (regions: string[], changed: object, installation: string[] = []) => {
        const http = { ...cabinet.spec.http!, endpoints: [paris!, { ...lyon!, ...changed }] }
        const integrations = new Map([['cabinet', { ...cabinet.spec, http }]])
        return errors(call(`${input}]`), { ...inRegions(...regions), integrations, regions: installation })
      }
      expect(calling(['eu-west-3'], {})).to.deep.equal([])
      expect(calling([], { region: 'us-east-1' })).to.deep.equal([])
      expect(calling(['eu-west-3', 'us-east-1'], { region: 'us-east-1' })).to.deep.equal([])
      const only = 'and this bot may use eu-west-3 only (spec.placement.regions, and placement.regions of the chart)'
      const cure = 'set http.endpoints[].region there, choose an endpoint inside, or permit its region'
      expect(calling(['eu-west-3'], { region: 'us-east-1' })).to.deep.equal([
        `dialog.steps[1].request.integration: endpoint lyon of Integration cabinet is declared in us-east-1, ${only}: ${cure}`,
      ])
      expect(calling([], { region: 'us-east-1' }, ['eu-west-3'])).to.deep.equal(
        calling(['eu-west-3'], { region: 'us-east-1' }),
      )
      expect(calling(['eu-west-3'], { region: undefined })).to.deep.equal([
        `dialog.steps[1].request.integration: endpoint lyon of Integration cabinet declares no region, ${only}: ${cure}`,
      ])
    })

    it('names a transfer that the trunks can not do, or that leads back to the bot', () => {
      const transfer = (more: string) => `steps:\n  - { name: a, transfer: { integration: cabinet, ${more} } }`
      expect(errors(transfer("to: '4001', method: Refer"))[0]).to.match(/can not do Refer: set method to Bridge/)
      expect(errors(transfer("to: '+33199000001'"), bare({ numbers: ['+33199000001'] }))[0]).to.match(
        /^dialog[.]steps\[0\][.]transfer[.]to: .* is one of spec.numbers/,
      )
    })

    it('names an llm step of a bot without a language model', () => {
      const yaml = `steps:
  - name: talk
    llm: { instructions: Be brief., exits: [{ name: done, when: always, next: end }] }
  ${END}`
      expect(errors(yaml)[0]).to.match(/^dialog[.]steps\[0\][.]llm: the bot has no language model/)
    })
  })

  describe('of what it speaks', () => {
    it('names a value that no step collects', () => {
      const yaml = `steps:\n  ${ask()}\n  - { name: end, hangUp: { say: 'Le {okk}.' } }`
      expect(errors(yaml)).to.deep.equal([
        'dialog.steps[1].hangUp.say: no step collects okk. Did you mean ok? Name one of the collected values (ok), or ask for it',
      ])
    })

    it('warns of one that is not collected on every way', () => {
      const yaml = `steps:\n  ${ask(', noMatch: { next: end }')}\n  - { name: end, hangUp: { say: 'Le {ok}.' } }`
      expect(warnings(yaml)[0]).to.match(/^dialog[.]steps\[1\][.]hangUp[.]say: on some paths ok is not collected yet/)
    })

    it('knows what a branch has looked at, and what an operation brings', () => {
      const yaml = `steps:
  ${ask(', noMatch: { next: pick }').replace('next: end', 'next: pick')}
  - { name: pick, choose: { branches: [{ field: ok, operator: Exists, next: end }], otherwise: other } }
  - { name: end, hangUp: { say: 'Le {ok}.' } }
  - { name: other, hangUp: {} }`
      expect(warnings(yaml)).to.deep.equal([])
      const failed = sample.spec.dialog.inline!.steps.map((step) =>
        step.name === 'rappel' ? { ...step, hangUp: { say: 'À {heure}.' } } : step,
      )
      expect(lines(checkFlow({ steps: failed, start: 'accueil' }, facts()).warnings)[0]).to.match(
        /heure is not collected yet/,
      )
    })
  })

  describe('of answers', () => {
    it('names a comparison with what the answer never is', () => {
      const pick = (values: string, operator = 'In') => `steps:
  ${ask().replace('next: end', 'next: pick')}
  - { name: pick, choose: { branches: [{ field: ok, operator: ${operator}, values: ${values}, next: end }], otherwise: other } }
  ${END}
  - { name: other, hangUp: {} }`
      expect(errors(pick('[oui]'))[0]).to.equal(
        'dialog.steps[1].choose.branches[0].values: the answer is never oui. Compare with one of yes or no',
      )
      expect(errors(pick('[many]', 'Below'))[0]).to.match(/many is not a number: Below compares numbers/)
    })

    it('names a phrase of two answers', () => {
      const slot = '{ type: Choice, choices: [{ value: a, phrases: [Un] }, { value: b, phrases: [un] }] }'
      expect(errors(`steps:\n  ${ask('', slot)}\n  ${END}`)[0]).to.match(/phrases\[0\]: "un" is also a phrase of a/)
    })

    it('warns of one name for two kinds of value', () => {
      const yaml = `steps:
  ${ask().replace('next: end', 'next: more')}
  - { name: more, ask: { text: '?', field: ok, slot: { type: FreeText } }, next: end }
  ${END}`
      expect(warnings(yaml)[0]).to.match(/ok is a YesNo in another step and a FreeText here/)
    })
  })

  describe('of what callers would suffer from', () => {
    const warned = (more: string, slot: string, field = 'ok') =>
      warnings(`steps:\n  ${ask(more, slot).replace('field: ok', `field: ${field}`)}\n  ${END}`).map(
        (line) => line.split(': ')[0],
      )

    it('warns of hard questions without an example, and of numbers that nobody confirms', () => {
      expect(warned('', '{ type: Date }')).to.deep.equal(['dialog.steps[0].ask.reprompts'])
      expect(warned(', reprompts: [Dites.], confirm: Never', '{ type: Phone }')).to.deep.equal([
        'dialog.steps[0].ask.confirm',
      ])
      expect(warned(', keys: Refused', '{ type: Digits }')).to.deep.equal(['dialog.steps[0].ask.keys'])
    })

    it('warns of what looks like a secret, until its sensitivity is Secret', () => {
      const place = ['dialog.steps[0].ask.sensitivity']
      expect(warned('', '{ type: Digits }', 'codePin')).to.deep.equal(place)
      expect(warned(', keys: Only, confirm: Never', '{ type: Digits }', 'codePin')).to.deep.equal(place)
      expect(warned(', keys: Only, sensitivity: Secret', '{ type: Digits }', 'codePin')).to.deep.equal([])
    })

    it('warns of long texts that nobody may interrupt', () => {
      const say = (length: number) =>
        warnings(`steps:\n  - { name: a, say: { text: ${'x'.repeat(length)}, bargeIn: Refused }, next: end }\n  ${END}`)
      expect(say(301)[0]).to.match(/callers can not interrupt some 20 seconds/)
      expect(say(300)).to.deep.equal([])
    })

    it('warns of callers who would hear an apology instead of a person', () => {
      const fallback = { ...sample.spec.fallback, causes: ['NoCapacity' as const] }
      const found = warnings(`steps:\n  ${ask()}\n  ${END}`, bare({ fallback }))
      expect(found).to.have.lengthOf(2)
      expect(found[0]).to.match(/^spec[.]fallback[.]causes: a caller who stays silent hears an apology/)
    })

    it('warns of a way out that the watchdog for silence is faster than', () => {
      const turnTaking = { ...sample.spec.turnTaking, silenceSeconds: 20 }
      const yaml = `steps:\n  ${ask(', noInputSeconds: 10, noInput: { next: end }')}\n  ${END}`
      expect(warnings(yaml, bare({ turnTaking }))[0]).to.match(
        /some 23 seconds, and spec[.]turnTaking[.]silenceSeconds \(20\)/,
      )
    })

    it('warns of a bot without tests', () => {
      expect(lines(checkFlow(aFlow(`steps:\n  ${ask()}\n  ${END}`), facts(bare())).warnings)).to.deep.equal([
        'spec.tests: no conversation tests this bot before it takes calls: add one with the usual answers',
      ])
    })
  })

  it('finds a flow sound only if no call can go round in it without a caller: any flow of say and choose', () => {
    const names = ['a', 'b', 'c', 'd', 'e']
    const step = fc.record({ to: fc.constantFrom(...names, 'end'), or: fc.option(fc.constantFrom(...names, 'end')) })
    fc.assert(
      fc.property(fc.array(step, { minLength: 5, maxLength: 5 }), (steps) => {
        const yaml = `steps:\n${steps
          .map(({ to, or }, index) =>
            or === null
              ? `  - { name: ${names[index]}, say: { text: x }, next: ${to} }`
              : `  - { name: ${names[index]}, choose: { branches: [{ field: ok, values: ['yes'], next: ${to} }], otherwise: ${or} } }`,
          )
          .join('\n')}\n  ${END}`
        const found = errors(yaml, { ...bare(), integrations: new Map() })
        // Walks every way from the first step, as deep as there are steps: deeper is a way round.
        const deepest = (name: string, depth: number): number => {
          if (name === 'end' || depth > names.length) return depth
          const { to, or } = steps[names.indexOf(name)]!
          return Math.max(deepest(to, depth + 1), or === null ? 0 : deepest(or, depth + 1))
        }
        if (deepest('a', 0) > names.length) expect(found.join()).to.match(/goes round|comes to an end/)
      }),
    )
  })
})
