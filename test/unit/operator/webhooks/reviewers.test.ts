import { expect } from 'chai'
import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { callbotSchema, type Callbot } from '../../../../src/api/callbot.ts'
import { integrationSchema } from '../../../../src/api/integration.ts'
import { retentionPolicySchema } from '../../../../src/api/retention-policy.ts'
import type { Raw } from '../../../../src/kube/raw-object.ts'
import type { PlayTests } from '../../../../src/rules/flow/test-results.ts'
import { reviewFlowConfigMap } from '../../../../src/operator/webhooks/flow-config-maps.ts'
import type { Reader } from '../../../../src/operator/webhooks/referenced-objects.ts'
import {
  reviewAll,
  reviewCallbot,
  reviewSchedule,
  reviewTrunkAddresses,
} from '../../../../src/operator/webhooks/reviewers.ts'
import { createFlowReader } from '../../../../src/threads/flow-reader.ts'
import { playTests } from '../../../../src/voice/flow/test-runner.ts'
import { longestBlockOf } from '../../../harness/event-loop.ts'
import { hostileTexts } from '../../../harness/hostile-flows.ts'

const readSample = (file: string) => parse(readFileSync(`config/samples/${file}`, 'utf8')) as Raw
/** With tests of three kinds: one that goes well, one whose operation fails, one that ends with a person. */
const PLAYED = ['prise-de-rendez-vous', 'agenda-en-panne', 'une-personne-svp']
function sample(): Callbot {
  const bot = callbotSchema.parse(readSample('30-callbot.yaml'))
  const tests = bot.spec.tests.filter(({ name }) => PLAYED.includes(name))
  return { ...bot, spec: { ...bot.spec, tests } }
}
/** An API server with the objects of the sample, by kind. */
const holding = (...bots: Callbot[]): Reader => ({
  async *list({ kind }) {
    if (kind === 'Integration') yield integrationSchema.parse(readSample('10-integration.yaml')) as unknown as Raw
    if (kind === 'RetentionPolicy')
      yield retentionPolicySchema.parse(readSample('20-retention-policy.yaml')) as unknown as Raw
    if (kind === 'Callbot') yield* bots as unknown as Raw[]
  },
})
const free = { claimsOn: () => [], reservations: [] }
const play = (milliseconds: number) => (flow: Parameters<PlayTests>[0]['flow'], bot: Callbot['spec']) =>
  playTests({ flow, bot, now: Date.UTC(2026, 10, 24, 12), milliseconds })
const request = (object: unknown, kind = 'Callbot') => ({
  ...{ uid: 'uid-1', operation: 'CREATE' as const, namespace: 'cabinet-des-lilas', object },
  kind: { group: 'callbots.dev', kind },
})
const review = (bot: Callbot, milliseconds = 1_000) => reviewCallbot(holding(), free, play(milliseconds))(request(bot))

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
          'Correct the conversation flow or the test; callbot test prints the complete conversation',
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
      reviewCallbot(holding(), free, play(1_000))({ ...request(bot), operation: 'UPDATE', oldObject: before })
    const { errors, warnings } = await update(after)
    expect(errors).to.deep.equal([])
    expect(warnings.map(({ path }) => path)).to.deep.equal(['spec.tests[2].ends'])
    after.spec.tests[2]!.turns[0]!.expect = []
    expect(
      (await update(after)).errors.map(({ path }) => path),
      'a test was changed',
    ).to.deep.equal(['spec.tests[2].ends'])
  })

  it('refuses regions outside of those of the installation, and warns where the bot had them before', async () => {
    const reviewer = reviewCallbot(holding(), free, play(1_000), ['eu-central-1'])
    const bot = sample()
    bot.spec.placement = { regions: ['eu-west-3'], certifications: [] }
    const { errors } = await reviewer(request(bot))
    expect(errors[0]!.path).to.equal('spec.placement.regions[0]')
    expect(errors[0]!.message).to.match(
      /^eu-west-3 is outside, for the installation has only eu-central-1: choose one inside/,
    )
    const update = await reviewer({ ...request(bot), operation: 'UPDATE', oldObject: structuredClone(bot) })
    expect(update.warnings[0]).to.deep.equal(errors[0])
    expect(update.errors.map(({ path }) => path)).not.to.include('spec.placement.regions[0]')
  })

  it('refuses a request to an endpoint that is declared outside of the regions of the installation', async () => {
    const { errors } = await reviewCallbot(holding(), free, play(1_000), ['nowhere'])(request(sample()))
    expect(errors[0]!.message).to.match(
      /^endpoint paris of Integration cabinet is declared in eu-west-3, and this bot may use nowhere only/,
    )
  })

  it('refuses a number that is reserved for others, and warns where the bot had it before', async () => {
    const facts = { ...free, reservations: [{ prefix: '+331990000', namespaces: ['roses'] }] }
    const reviewer = reviewCallbot(holding(), facts, play(1_000))
    const because =
      '+33199000001 is reserved, and not for namespace cabinet-des-lilas: remove it, or ask the administrator of the installation for it'
    expect((await reviewer(request(sample()))).errors[0]).to.deep.equal({ path: 'spec.numbers[0]', message: because })
    const update = await reviewer({ ...request(sample()), operation: 'UPDATE', oldObject: sample() })
    expect(update.errors).to.deep.equal([])
    expect(update.warnings[0]).to.deep.equal({ path: 'spec.numbers[0]', message: because })
  })

  it('names no bot of another namespace that has the number', async () => {
    const claim = { number: '+33199000001', uid: 'older', createdAt: 0 }
    const told = async (bot: string) => {
      const numbers = { ...free, claimsOn: (number: string) => (number === claim.number ? [{ ...claim, bot }] : []) }
      return (await reviewCallbot(holding(), numbers, play(1_000))(request(sample()))).warnings[0]!.message
    }
    expect(await told('cabinet-des-lilas/accueil')).to.include(
      'belongs to Callbot cabinet-des-lilas/accueil, which is older',
    )
    expect(await told('banque/secret')).to.equal(
      '+33199000001 belongs to a Callbot of another namespace, which is older, and keeps it: remove the number from one of the two',
    )
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
      { path: 'spec.tests', message: '3 take too long to be run here: pods run them before they take calls' },
    ])
  })
})

describe('the review of a ConfigMap with a dialog', () => {
  const read = createFlowReader({ milliseconds: 30_000 })
  const reviewMap = (data: Record<string, string>, ...bots: Callbot[]) =>
    reviewFlowConfigMap(holding(...bots), play(1_000), read)(request({ metadata: { name: 'flow' }, data }, 'ConfigMap'))

  it('refuses what the parser would throw at, and what it would be busy with for seconds', async function () {
    this.timeout(60_000)
    const texts = hostileTexts()
    const twentyThousandKeys = Array.from({ length: 20_000 }, (_, index) => `k${index}: 1\n`).join('')
    for (const text of [texts['a billion laughs']!, texts['many aliases']!, twentyThousandKeys]) {
      let paths: string[] = []
      const block = await longestBlockOf(async () => {
        paths = (await reviewMap({ 'dialog.yaml': text })).errors.map(({ path }) => path)
      }, 50)
      expect(paths).to.deep.equal(['data[dialog.yaml]'])
      expect(block).to.be.below(50)
    }
  })

  it('refuses more than can be read, by counting alone: names the size, the bound and the cure', async () => {
    const large = Object.fromEntries(Array.from({ length: 3 }, (_, index) => [`${index}`, ' '.repeat(100_000)]))
    expect((await reviewMap(large)).errors).to.deep.equal([
      {
        path: 'data',
        message:
          'the conversation flows have 300000 octets, and the maximum of one ConfigMap is 262144: use several ConfigMaps',
      },
    ])
    const many = Object.fromEntries(Array.from({ length: 21 }, (_, index) => [`${index}`, '[]']))
    expect((await reviewMap(many)).errors[0]!.message).to.include('21 keys are more than the 20 conversation flows')
  })

  it('reads a dialog once, however many bots name it', async () => {
    const bots = Array.from({ length: 30 }, (_, index) => {
      const bot = sample()
      bot.metadata.name = `bot-${index}`
      bot.spec.dialog = { configMapRef: { name: 'flow', key: 'dialog.yaml' } }
      return bot
    })
    const { errors, warnings } = await reviewMap({ 'dialog.yaml': '[]' }, ...bots)
    expect(errors).to.have.length(1)
    expect(warnings.map(({ message }) => message)).to.deep.equal([
      '10 more Callbots name this ConfigMap than are checked here: their pods check it',
    ])
  })

  it('warns of tests that the new dialog fails, since the tests may be changed after it', async () => {
    const bot = sample()
    const flow = bot.spec.dialog.inline!
    bot.spec.dialog = { configMapRef: { name: 'flow', key: 'dialog.yaml' } }
    bot.spec.tests[2]!.ends = 'HungUp'
    const map = { metadata: { name: 'flow' }, data: { 'dialog.yaml': JSON.stringify(flow) } }
    const { errors, warnings } = await reviewFlowConfigMap(holding(bot), play(1_000), read)(request(map, 'ConfigMap'))
    expect(errors).to.deep.equal([])
    expect(warnings.map(({ path }) => path)).to.deep.equal(['Callbot rendez-vous: spec.tests[2].ends'])
  })
})

describe('the schedule of drills of an Integration', () => {
  const reviewOf = (drill: object | undefined) => {
    const integration = readSample('10-integration.yaml') as Raw & { spec: { drill?: object } }
    const object = {
      ...integration,
      spec: { ...integration.spec, drill: drill && { ...integration.spec.drill, ...drill } },
    }
    return reviewSchedule(request(object, 'Integration'))
  }

  it('is refused when it runs backwards, never comes, or has a time zone that does not exist', async () => {
    expect(await reviewOf({})).to.deep.equal({ errors: [], warnings: [] })
    expect(await reviewOf(undefined)).to.deep.equal({ errors: [], warnings: [] })
    const paths = async (drill: object) =>
      (await reviewOf(drill)).errors.map(({ path, message }) => `${path}: ${message}`)
    expect(await paths({ schedule: '50-10 * * * *' })).to.deep.equal([
      'spec.drill.schedule: minute 50-10 ends before it begins: write 50-59,0-10',
    ])
    expect((await paths({ schedule: '0 6 30 2 *' }))[0]).to.match(/^spec.drill.schedule: day 30 never comes/)
    expect((await paths({ timeZone: 'Europe/Lutece' }))[0]).to.match(
      /^spec.drill.timeZone: Europe\/Lutece is not a time zone/,
    )
  })
})

describe('the review of the addresses of trunks', () => {
  const integration = (...hosts: string[]) => {
    const sample = integrationSchema.parse(readSample('10-integration.yaml'))
    const [first] = sample.spec.sip!.trunks
    const trunks = hosts.map((host) => ({ ...first, address: { host, port: 5060 } }))
    return { ...sample, spec: { ...sample.spec, sip: { ...sample.spec.sip, trunks } } }
  }
  const review = (object: object, oldObject?: object) =>
    reviewTrunkAddresses({ ...request(object, 'Integration'), ...(oldObject && { operation: 'UPDATE', oldObject }) })

  it('refuses those that lead to no other host, with the reason, and leaves the others to the edges', async () => {
    const hosts = [
      '169.254.169.254',
      '127.0.0.1',
      '::1',
      '::ffff:10.0.0.1',
      '224.0.0.1',
      '10.96.0.1',
      'pbx.example.org',
    ]
    const { errors, warnings } = await review(integration(...hosts))
    expect(errors.map(({ path }) => path)).to.deep.equal(
      [0, 1, 2, 4].map((index) => `spec.sip.trunks[${index}].address.host`),
    )
    expect(errors[0]!.message).to.match(
      /^169\.254\.169\.254 is a link-local address, .*name the address of another host$/,
    )
    expect(warnings).to.deep.equal([])
  })

  it('does not keep anybody from changing something else of an Integration that has such an address', async () => {
    const { errors, warnings } = await review(integration('127.0.0.1', '0.0.0.0'), integration('127.0.0.1'))
    expect(errors.map(({ path }) => path)).to.deep.equal(['spec.sip.trunks[1].address.host'])
    expect(warnings.map(({ path }) => path)).to.deep.equal(['spec.sip.trunks[0].address.host'])
  })

  it('is one with that of the schedule, and not a reason against an Integration without trunks', async () => {
    const both = reviewAll(reviewSchedule, reviewTrunkAddresses)
    const { spec, ...rest } = integration('127.0.0.1')
    const { errors } = await both(
      request({ ...rest, spec: { ...spec, drill: { ...spec.drill, schedule: '0 6 30 2 *' } } }),
    )
    expect(errors).to.have.lengthOf(2)
    expect(await both(request({ ...rest, spec: { ...spec, sip: undefined } }))).to.deep.equal({
      errors: [],
      warnings: [],
    })
  })
})
