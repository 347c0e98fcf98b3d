import { expect } from 'chai'
import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { callbotSchema, type Callbot } from '../../../../src/api/callbot.ts'
import { integrationSchema } from '../../../../src/api/integration.ts'
import { retentionPolicySchema } from '../../../../src/api/retention-policy.ts'
import type { Raw } from '../../../../src/kube/raw.ts'
import type { PlayTests } from '../../../../src/rules/dialog/tests.ts'
import { reviewDialogMap } from '../../../../src/operator/webhooks/dialogMaps.ts'
import type { Reader } from '../../../../src/operator/webhooks/facts.ts'
import { reviewCallbot } from '../../../../src/operator/webhooks/reviewers.ts'
import { playTests } from '../../../../src/voice/tests.ts'

const read = (file: string) => parse(readFileSync(`config/samples/${file}`, 'utf8')) as Raw
const sample = () => callbotSchema.parse(read('30-callbot.yaml'))
/** An API server with the objects of the sample, by kind. */
const holding = (...bots: Callbot[]): Reader => ({
  async *list({ kind }) {
    if (kind === 'Integration') yield integrationSchema.parse(read('10-integration.yaml')) as unknown as Raw
    if (kind === 'RetentionPolicy')
      yield retentionPolicySchema.parse(read('20-retention-policy.yaml')) as unknown as Raw
    if (kind === 'Callbot') yield* bots as unknown as Raw[]
  },
})
const play = (milliseconds: number) => (flow: Parameters<PlayTests>[0]['flow'], bot: Callbot['spec']) =>
  playTests({ flow, bot, now: Date.UTC(2026, 10, 24, 12), milliseconds })
const request = (object: unknown, kind = 'Callbot') => ({
  ...{ uid: 'uid-1', operation: 'CREATE' as const, namespace: 'cabinet-des-lilas', object },
  kind: { group: 'callbots.dev', kind },
})
const review = (bot: Callbot, milliseconds = 1_000) =>
  reviewCallbot(holding(), () => [], play(milliseconds))(request(bot))

describe('the review of a Callbot', () => {
  it('takes the sample, whose tests pass', async () => {
    expect(await review(sample())).to.deep.equal({ errors: [], warnings: [] })
  })

  it('refuses one whose own test fails, and names test, field, what was expected, what was found, and the cure', async () => {
    const bot = sample()
    bot.spec.tests[0]!.turns[2]!.expect = ['soir']
    const { errors } = await review(bot)
    expect(errors).to.deep.equal([
      {
        path: 'spec.tests[0].turns[2].expect',
        message:
          'test prise-de-rendez-vous expects the bot says "soir" and finds "Plutôt le matin ou l\'après-midi ?". ' +
          'Correct the dialog or the test; callbot say --run-tests prints the whole conversation',
      },
    ])
  })

  it('names the first fault of each test that fails', async () => {
    const bot = sample()
    for (const test of bot.spec.tests) test.ends = 'Fallback'
    expect((await review(bot)).errors.map(({ path }) => path)).to.deep.equal(
      [0, 1, 2].map((index) => `spec.tests[${index}].ends`),
    )
  })

  it('only warns of a test that went stale when something else is changed: nobody is kept from adding pods', async () => {
    const before = sample()
    before.spec.tests[2]!.ends = 'HungUp'
    const after = structuredClone(before)
    after.spec.capacity.minReplicas = 6
    const update = (bot: Callbot) =>
      reviewCallbot(holding(), () => [], play(1_000))({ ...request(bot), operation: 'UPDATE', oldObject: before })
    const { errors, warnings } = await update(after)
    expect(errors).to.deep.equal([])
    expect(warnings.map(({ path }) => path)).to.deep.equal(['spec.tests[2].ends'])
    after.spec.tests[2]!.turns[0]!.expect = []
    expect(
      (await update(after)).errors.map(({ path }) => path),
      'a test was changed',
    ).to.deep.equal(['spec.tests[2].ends'])
  })

  it('plays no test on a dialog that breaks a rule', async () => {
    const bot = sample()
    bot.spec.dialog.inline!.steps[0]!.next = 'nowhere'
    bot.spec.tests[2]!.ends = 'HungUp'
    const { errors } = await review(bot)
    expect(errors.map(({ path }) => path)).not.to.be.empty.and.not.to.include('spec.tests[2].ends')
  })

  it('does not keep the API server waiting: what there is no time for is left to the pods, with a warning', async () => {
    const { errors, warnings } = await review(sample(), -1)
    expect(errors).to.deep.equal([])
    expect(warnings).to.deep.equal([
      { path: 'spec.tests', message: '3 take too long to be played here: pods play them before they take calls' },
    ])
  })
})

describe('the review of a ConfigMap with a dialog', () => {
  it('warns of tests that the new dialog fails, since the tests may be changed after it', async () => {
    const bot = sample()
    const flow = bot.spec.dialog.inline!
    bot.spec.dialog = { configMapRef: { name: 'flow', key: 'dialog.yaml' } }
    bot.spec.tests[2]!.ends = 'HungUp'
    const map = { metadata: { name: 'flow' }, data: { 'dialog.yaml': JSON.stringify(flow) } }
    const { errors, warnings } = await reviewDialogMap(holding(bot), play(1_000))(request(map, 'ConfigMap'))
    expect(errors).to.deep.equal([])
    expect(warnings.map(({ path }) => path)).to.deep.equal(['Callbot rendez-vous: spec.tests[2].ends'])
  })
})
