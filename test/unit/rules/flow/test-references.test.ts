import { expect } from 'chai'
import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { callbotSchema } from '../../../../src/api/callbot.ts'
import { integrationSchema } from '../../../../src/api/integration.ts'
import { checkFlow } from '../../../../src/rules/flow/check.ts'
import { aFlow } from '../../../harness/flows.ts'

const read = (file: string): unknown => parse(readFileSync(`config/samples/${file}`, 'utf8'))
const sample = callbotSchema.parse(read('30-callbot.yaml'))
const integration = integrationSchema.parse(read('10-integration.yaml'))

describe('the check of the tests beside a dialog', () => {
  const withTest = (changes: object, flow = sample.spec.dialog.inline!) => {
    const played = { given: [], models: [], transfers: 'Answered' as const, turns: [{ expect: [] }] }
    const test = { name: 't', ...played, ends: 'HungUp' as const, collected: [], ...changes }
    return checkFlow(flow, {
      path: 'spec.dialog.inline',
      bot: { ...sample.spec, tests: [test] },
      integrations: new Map([['cabinet', integration.spec]]),
      policy: 'unknown',
    }).errors.map(({ path, message }) => `${path}: ${message}`)
  }
  it('names steps, operations, outcomes and values that the dialog does not have', () => {
    expect(withTest({ turns: [{ expect: [], expectStep: 'dat' }] })[0]).to.match(
      /^spec[.]tests\[0\][.]turns\[0\][.]expectStep: there is no step dat[.] Did you mean date[?]/,
    )
    const given = (operation: string, outcome: string) => withTest({ given: [{ operation, outcome, output: [] }] })[0]
    expect(given('cabinet/autre', 'Done')).to.match(/given\[0\][.]operation: no step calls cabinet\/autre/)
    expect(given('cabinet/demander-rendez-vous', 'Perdu')).to.match(/given\[0\][.]outcome: .* never ends as Perdu/)
    expect(withTest({ collected: [{ field: 'nom', value: 'x' }] })[0]).to.match(
      /collected\[0\][.]field: no step collects nom/,
    )
  })

  it('have a model say only what its step knows: its name, an exit, a value that it collects', () => {
    const talk = aFlow(`steps:
- name: conseil
  llm:
    instructions: Demandez l'âge.
    collects: [{ field: age, meaning: l'âge }]
    exits: [{ name: fini, when: l'âge est connu, next: merci }]
- { name: merci, hangUp: {} }`)
    const withAnswer = (answer: object, step = 'conseil') =>
      withTest({ models: [{ step, answers: [{ collected: [], ...answer }] }] }, talk).filter((line) =>
        line.includes('models'),
      )
    expect(withAnswer({ say: 'Quel âge ?' })).to.deep.equal([])
    expect(withAnswer({ exit: 'fini', collected: [{ field: 'age', value: '42' }] })).to.deep.equal([])
    expect(withAnswer({ say: 'a' }, 'conseils')[0]).to.match(
      /models\[0\][.]step: no llm step .* Did you mean conseil[?]/,
    )
    expect(withAnswer({ exit: 'fin' })[0]).to.match(/answers\[0\][.]exit: the step has no exit fin[.]/)
    expect(withAnswer({ say: 'a', collected: [{ field: 'nom', value: 'x' }] })[0]).to.match(
      /answers\[0\][.]collected\[0\][.]field: the step does not collect nom, so the bot drops it[.] Name one of age/,
    )
    expect(withAnswer({})[0]).to.match(/answers\[0\]: the model says nothing and ends nothing/)
  })
})
