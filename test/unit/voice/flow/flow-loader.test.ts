import { expect } from 'chai'
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BotConfiguration } from '../../../../src/api/bot-configuration.ts'
import { silent } from '../../../../src/runtime/log.ts'
import { openFlowLoader } from '../../../../src/voice/flow/flow-loader.ts'
import { FakeClock } from '../../../harness/fake-clock.ts'
import { asking, inFrance } from '../../../harness/flows.ts'
import { eventually } from '../../../harness/eventually.ts'

describe('the dialog of a pod', () => {
  it('tells a caller to hold the line before a person is called, and has an apology for when nobody comes', async () => {
    const bot = {
      language: 'fr-FR',
      tests: [],
      dialog: asking('slot: { type: YesNo }'),
      fallback: { causes: ['CallerWish', 'BotFailure'], say: 'Restez en ligne, je vous passe quelqu’un.' },
    } as unknown as BotConfiguration
    const dialogs = await openFlowLoader({ bot, clock: new FakeClock(), log: silent, onChange: () => undefined })
    const { flow, apology, greeting } = dialogs.current!
    const [state] = flow.start(0, [])
    const [, effects] = flow.advance(state, { type: 'Heard', text: 'Je veux parler à quelqu’un' }, 0)
    dialogs.close()
    expect(effects).to.deep.include({ type: 'Fallback', step: 'question', cause: 'CallerWish' })
    const said = effects.flatMap((effect) => (effect.type === 'Say' ? [effect.text] : []))
    expect(said).to.deep.equal(['Restez en ligne, je vous passe quelqu’un.'])
    expect(apology).to.match(/^Je suis désolé/)
    expect(greeting, 'what is rendered first').to.include.members([said[0], apology])
  })
})

describe("the bot's own tests in a pod", () => {
  const hearsYes = {
    name: 'oui',
    given: [],
    models: [],
    transfers: 'Answered',
    turns: [{ says: 'oui', expect: ['Compris'] }],
    ends: 'HungUp',
    collected: [],
  }
  const flow = asking('slot: { type: YesNo }')
  const silentFlow = { steps: [flow.steps[0]!, { name: 'done', hangUp: { say: 'Au revoir.' } }] }
  const open = (more: object, clock = new FakeClock()) => {
    const bot = { ...inFrance, tests: [hearsYes], ...more } as unknown as BotConfiguration
    return openFlowLoader({ bot, clock, log: silent, onChange: () => undefined })
  }

  it('let a dialog that passes them take calls', async () => {
    const dialogs = await open({ dialog: flow })
    expect(dialogs.current).not.to.equal(undefined)
    expect(dialogs.failedTest).to.equal(undefined)
  })

  it('keep one that does not from the first call on, and tell test, turn and what was missing', async () => {
    const dialogs = await open({ dialog: silentFlow })
    expect(dialogs.current).to.equal(undefined)
    expect(dialogs.failedTest).to.deep.equal({ test: 'oui', turn: 1, because: 'the bot does not say "Compris"' })
  })

  it('take place when the version was made: what passed once passes after a restart, whatever the day', async () => {
    const dated = asking('slot: { type: Date, earliestDays: 0, latestDays: 5 }, confirm: Never')
    const test = { ...hearsYes, turns: [{ says: 'le 26 novembre', expect: ['Compris'] }] }
    const clock = new FakeClock()
    const bot = { dialog: dated, tests: [test] }
    expect((await open({ ...bot, testsAt: '2026-11-24T12:00:00Z' }, clock)).failedTest).to.equal(undefined)
    expect((await open({ ...bot, testsAt: '2026-12-24T12:00:00Z' }, clock)).failedTest?.test).to.equal('oui')
  })

  it('let the pod open after ten seconds, however long they take, and take calls when they have passed', async () => {
    const long = { ...hearsYes, turns: [...Array.from({ length: 3 }, () => ({ expect: [] })), ...hearsYes.turns] }
    const patient = asking('slot: { type: YesNo }, reprompts: [a, b, c, d]')
    const clock = new FakeClock()
    const tests = Array.from({ length: 3_000 }, (_, index) => ({ ...long, name: `test-${index}` }))
    const opening = open({ dialog: patient, tests }, clock)
    await clock.pass(10_000)
    const dialogs = await opening
    expect([dialogs.current, dialogs.isPlaying]).to.deep.equal([undefined, true])
    await eventually(() => expect(dialogs.isPlaying).to.equal(false))
    expect(dialogs.current).not.to.equal(undefined)
  })

  describe('of a dialog in a file', () => {
    let folder: string
    beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'callbot-dialog-'))))
    afterEach(() => rmSync(folder, { recursive: true }))

    it('leave the one before to the calls when a newer one fails, until one passes', async () => {
      const dialogFile = join(folder, 'dialog.yaml')
      // At once, as a kubelet does it.
      const write = (content: unknown) => {
        writeFileSync(`${dialogFile}.next`, JSON.stringify(content))
        renameSync(`${dialogFile}.next`, dialogFile)
      }
      const clock = new FakeClock()
      write(flow)
      const dialogs = await open({ dialogFile }, clock)
      const first = dialogs.current
      write(silentFlow)
      await eventually(async () => {
        await clock.pass(5_000)
        expect(dialogs.failedTest?.test).to.equal('oui')
      })
      expect(dialogs.current).to.equal(first)
      write({ ...flow, start: 'question' })
      await eventually(async () => {
        await clock.pass(5_000)
        expect(dialogs.failedTest).to.equal(undefined)
      })
      expect(dialogs.current).not.to.equal(first)
      dialogs.close()
    })
  })
})
