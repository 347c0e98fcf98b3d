import { expect } from 'chai'
import fc from 'fast-check'
import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { callbotSchema } from '../../../../src/api/callbot.ts'
import type { Conversation } from '../../../../src/rules/flow/flow.ts'
import { playConversation, runConversation, type Played } from '../../../../src/conversation/test-player.ts'
import { prepareFlow } from '../../../../src/conversation/engine.ts'
import { playTests } from '../../../../src/voice/flow/test-runner.ts'
import { aFlow, asking, inFrance } from '../../../harness/flows.ts'
import { NOW } from '../../../harness/hearing.ts'

const { spec: sample } = callbotSchema.parse(parse(readFileSync('config/samples/30-callbot.yaml', 'utf8')))
const script = prepareFlow(sample.dialog.inline!, sample)

const aTest = (changes: Partial<Conversation> = {}): Conversation => ({
  ...{ name: 'any', given: [], models: [], transfers: 'Answered', turns: [aTurn({})], ends: 'HungUp', collected: [] },
  ...changes,
})
const aTurn = (changes: Partial<Conversation['turns'][number]>) => ({ expect: [], ...changes })

const caller = fc.oneof(
  fc
    .constantFrom('un rendez-vous', 'annuler', 'demain', 'oui', 'non', 'le matin', 'zéro six 39 98 00 42', 'patati')
    .map((says) => aTurn({ says })),
  fc.constantFrom('1', '2', '3', '471100', '0639980042#', '*', '#').map((keys) => aTurn({ keys })),
  fc.constant(aTurn({})),
)
const given = fc
  .constantFrom('Reserve', 'Complet', 'Failed')
  .map((outcome) => [
    { operation: 'cabinet/demander-rendez-vous', outcome, output: [{ name: 'heure', value: '09:30' }] },
  ])

/** The test that expects what was just found: turns after the end of the call are left out. */
function asPlayed(test: Conversation, { turns, faults }: Played, ends: Conversation['ends']): Conversation {
  const kept = test.turns.slice(0, turns.length - 1)
  expect(faults.every(({ turn }) => turn === undefined || turn >= kept.length)).to.equal(true)
  return {
    ...test,
    ends,
    turns: kept.map((turn, index) => ({
      ...turn,
      expect: turns[index + 1]!.said.slice(0, 10),
      expectStep: turns[index + 1]!.step,
    })),
  }
}

/** Any way through the sample, of those that come to an end, as a test that passes. */
const passing = fc
  .record({ given, turns: fc.array(caller, { minLength: 1, maxLength: 40 }) })
  .map((parts) => {
    const test = aTest(parts)
    const ends = (['HungUp', 'Transferred', 'Fallback'] as const).find(
      (each) => !runConversation(script, { ...test, ends: each }, NOW).faults.some(({ field }) => field === 'ends'),
    )
    return ends && asPlayed(test, runConversation(script, test, NOW), ends)
  })
  .filter((test) => test !== undefined)

describe('a test of a bot', () => {
  it('passes when the conversation goes as it says, whatever way it goes', () => {
    fc.assert(
      fc.property(passing, (test) => {
        expect(runConversation(script, test, NOW).faults).to.deep.equal([])
      }),
    )
  })

  it('fails at the very turn at which the bot says or does something else', () => {
    fc.assert(
      fc.property(passing, fc.nat(), fc.boolean(), (test, at, isStep) => {
        const turn = at % test.turns.length
        const other = isStep ? { expectStep: 'elsewhere' } : { expect: ['what no bot says'] }
        const changed = test.turns.map((each, index) => (index === turn ? { ...each, ...other } : each))
        const [fault] = runConversation(script, { ...test, turns: changed }, NOW).faults
        expect(fault).to.include({ turn, field: `turns[${turn}].${isStep ? 'expectStep' : 'expect'}` })
      }),
    )
  })

  it('fails at the value that was collected otherwise, and its few words for a status hold no value', () => {
    const test = sample.tests[0]!
    const collected = test.collected.map((each) => ({ ...each, value: '+33612345678' }))
    const { faults } = runConversation(script, { ...test, collected }, NOW)
    expect(faults.map(({ field }) => field)).to.deep.equal(collected.map((_, index) => `collected[${index}]`))
    for (const { brief } of faults) expect(brief).to.match(/^[a-zA-Z]+ has another value$/)
  })

  it('fails when the call ends before its last turn, and when it does not end', () => {
    const once = prepareFlow(asking('slot: { type: YesNo }'), inFrance)
    const faultsOf = (...turns: Conversation['turns']) => runConversation(once, aTest({ turns }), NOW).faults
    expect(faultsOf(aTurn({ says: 'oui' }), aTurn({ says: 'oui' }))).to.deep.include({
      ...{ turn: 1, field: 'turns[1]', expected: 'a call that goes on', found: 'the call ended in step done' },
      brief: 'the call ended before, in step done',
    })
    expect(faultsOf(aTurn({ says: 'patati' }))[0]).to.include({ field: 'ends', found: 'goes on in step question' })
  })

  it('takes keys after the end of the call as callers press them: for nothing', () => {
    const digits = prepareFlow(asking('slot: { type: Digits, maxDigits: 2 }, confirm: Never'), inFrance)
    expect(runConversation(digits, aTest({ turns: [aTurn({ keys: '12#' })] }), NOW).faults).to.deep.equal([])
  })

  it('comes to an end with a dialog that goes round by an operation or by itself for ever', () => {
    const byOperation = aFlow(`steps:
  - { name: a, request: { integration: cabinet, operation: attendre }, next: a }`)
    const byItself = aFlow('steps: [{ name: a, say: { text: a }, next: b }, { name: b, say: { text: b }, next: a }]')
    const longest = aTest({ turns: Array.from({ length: 50 }, () => aTurn({ keys: '1'.repeat(32) })) })
    for (const flow of [byOperation, byItself]) {
      const { turns, faults } = runConversation(prepareFlow(flow, inFrance), longest, NOW)
      expect(turns.length).to.be.at.most(51)
      expect(faults).not.to.be.empty
    }
  })

  it('has a language model say, collect and end its step, answer by answer, and then fail', () => {
    const talk = prepareFlow(
      aFlow(`steps:
  - name: conseil
    llm:
      instructions: Demandez l'âge.
      collects: [{ field: age, meaning: l'âge, type: Digits }]
      exits: [{ name: fini, when: l'âge est connu, next: merci }]
      atLimit: plus-tard
  - { name: merci, hangUp: { say: 'Merci, {age} ans.' } }
  - { name: plus-tard, hangUp: { say: Rappelez plus tard. } }`),
      inFrance,
    )
    const asked = { say: 'Quel âge avez-vous ?', collected: [] }
    const ends = { exit: 'fini', collected: [{ field: 'age', value: '42' }] }
    const heard = aTurn({ says: 'quarante-deux' })
    const play = (...answers: Conversation['models'][number]['answers']) =>
      runConversation(
        talk,
        aTest({ models: [{ step: 'conseil', answers }], turns: [heard], collected: ends.collected }),
        NOW,
      )
    const { turns, faults } = play(asked, ends)
    expect(turns.map(({ said }) => said.join(' '))).to.deep.equal(['Quel âge avez-vous ?', 'Merci, quarante-deux ans.'])
    expect(faults).to.deep.equal([])
    expect(play(asked).turns.at(-1)!.said).to.deep.equal(['Rappelez plus tard.'])
  })

  it('has nobody answer a transfer where it says so', () => {
    const flow = aFlow(`steps:
  - { name: question, ask: { text: 'Alors ?', field: reponse, slot: { type: YesNo } }, next: passage }
  - { name: passage, transfer: { integration: cabinet, to: '4001', unanswered: regret } }
  - { name: regret, hangUp: { say: Personne. } }`)
    const turns = [aTurn({ says: 'oui', expect: ['personne'] })]
    const faultsOf = (changes: Partial<Conversation>) =>
      runConversation(prepareFlow(flow, inFrance), aTest({ turns, ...changes }), NOW).faults
    expect(faultsOf({ transfers: 'Unanswered' })).to.deep.equal([])
    expect(faultsOf({ ends: 'Transferred' }).map(({ field }) => field)).to.deep.equal(['turns[0].expect'])
  })

  it('yields before each turn, and plays the same with rests and without', () => {
    fc.assert(
      fc.property(passing, (test) => {
        const playing = playConversation(script, test, NOW)
        let rests = 0
        let step = playing.next()
        for (; step.done !== true; step = playing.next()) rests++
        expect(rests).to.equal(test.turns.length)
        expect(step.value).to.deep.equal(runConversation(script, test, NOW))
      }),
    )
  })
})

describe("the tests of a bot's own", () => {
  const flow = sample.dialog.inline!

  it('all pass, or are reported with their index, name and first fault', async () => {
    expect(await playTests({ flow, bot: sample, now: NOW, milliseconds: Infinity })).to.deep.equal({
      failed: [],
      unplayed: 0,
    })
    const [first, second, third] = sample.tests
    const bot = { ...sample, tests: [first!, { ...second!, ends: 'Fallback' as const }, third!] }
    const { failed } = await playTests({ flow, bot, now: NOW, milliseconds: Infinity })
    expect(failed.map(({ index, name, fault }) => [index, name, fault.field])).to.deep.equal([
      [1, 'agenda-en-panne', 'ends'],
    ])
  })

  it('are played with rests: whatever else the process has to do is done between two turns', async () => {
    let others = 0
    const other = () => (others++, isPlaying && setImmediate(other))
    let isPlaying = true
    setImmediate(other)
    await playTests({ flow, bot: sample, now: NOW, milliseconds: Infinity })
    isPlaying = false
    const turns = sample.tests.reduce((sum, test) => sum + test.turns.length, 0)
    expect(others).to.be.at.least(turns - 1)
  })

  it('end when their time is over, and say how many are left', async () => {
    const { unplayed } = await playTests({ flow, bot: sample, now: NOW, milliseconds: -1 })
    expect(unplayed).to.equal(sample.tests.length)
  })
})
