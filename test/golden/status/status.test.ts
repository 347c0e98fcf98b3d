import { expect } from 'chai'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import type { Callbot } from '../../../src/api/callbot.ts'
import type { Integration } from '../../../src/api/integration.ts'
import type { Condition } from '../../../src/api/object.ts'
import { parseObject } from '../../../src/api/parse.ts'
import { retentionPolicySchema } from '../../../src/api/retention-policy.ts'
import type { RetentionPolicyWorld } from '../../../src/operator/world/retention-policy.ts'
import { reportRetentionPolicy } from '../../../src/operator/report/retention-policy.ts'
import type { Seen } from '../../../src/status/cluster.ts'
import { statusLines } from '../../../src/status/report.ts'
import type { Given } from '../operator/given.ts'
import { expectGolden } from '../../harness/golden.ts'
import { aRetentionWorld, aSweptPolicy } from '../../harness/retention-worlds.ts'

const here = import.meta.dirname
const read = (...path: string[]) => parse(readFileSync(join(here, '..', ...path), 'utf8')) as never
const folders = (room: string) =>
  readdirSync(join(here, '..', room), { withFileTypes: true }).flatMap((each) => (each.isDirectory() ? each.name : []))

/** A bot with the status that the operator gave it. */
function botOf(name: string): Callbot {
  const { callbot, seen: { deleting } = {} } = read('operator', name, 'given.yaml') as Given
  const parsed = parseObject(callbot)
  if (!('value' in parsed)) throw new Error(`${name}: the Callbot would be refused`)
  const bot = parsed.value as Callbot
  const metadata = { ...bot.metadata, generation: 1, ...(deleting && { deletionTimestamp: '2026-11-24T13:00:08Z' }) }
  return { ...bot, metadata, status: read('operator', name, 'status.yaml') }
}

function integrationOf(name: string): Integration {
  const { spec } = read('integration', name, 'given.yaml') as { spec: object }
  const metadata = { namespace: 'lilas', name: 'cabinet', generation: 1 }
  return { metadata, spec, status: read('integration', name, 'status.yaml') } as never
}

function policyOf(more: Partial<RetentionPolicyWorld>): NonNullable<Seen['policy']> {
  const world = aRetentionWorld(more)
  const spec = { rules: [{ class: 'Transcript', days: 30 }, { class: 'Recording', days: 0 }] }
  const parsed = retentionPolicySchema.parse({
    ...{ apiVersion: 'callbots.dev/v1alpha1', kind: 'RetentionPolicy', metadata: { name: 'month', generation: 2 }, spec },
  })
  return { name: 'month', found: { ...parsed, status: reportRetentionPolicy(world, world.policy!, { failures: [] }) } }
}

const seen = (bot: string, integration = 'a-primary-and-a-backup', more: Partial<Seen> = {}): Seen => {
  const integrations = [{ name: 'cabinet', found: integration === 'none' ? undefined : integrationOf(integration) }]
  return { bot: botOf(bot), integrations, ...more }
}
const swept = (more: Parameters<typeof aSweptPolicy>[0]) =>
  policyOf({ sweep: { sweptAgo: 3_000, problem: undefined, policy: aSweptPolicy(more) } })

const bots = folders('operator').filter((name) => name !== 'gone' && name !== 'the-verb-plan')
const cases: Record<string, Seen> = {
  ...Object.fromEntries(bots.map((name) => [name, seen(name, name === 'an-integration-is-missing' ? 'none' : undefined)])),
  ...Object.fromEntries(
    folders('integration')
      .filter((name) => name !== 'a-primary-and-a-backup')
      .map((name) => [name, seen('nothing-to-do', name)]),
  ),
  'records-are-kept': seen('nothing-to-do', undefined, { policy: swept({ held: 2 }) }),
  'records-are-kept-too-long': seen('nothing-to-do', undefined, { policy: swept({ fused: 3 }) }),
}

describe('the verb status reports what the operator has reported', () => {
  it('in 20 states', () => expect(Object.keys(cases)).to.have.lengthOf(20))

  it('as the guide shows it', () => {
    const guide = readFileSync('docs/guides/plugin.md', 'utf8')
    expect(guide).to.include(readFileSync(join(here, 'a-zone-is-unreachable.txt'), 'utf8'))
  })

  for (const [name, state] of Object.entries(cases)) {
    const text = statusLines(state).join('\n')
    it(name, () => expectGolden(join(here, `${name}.txt`), `${text}\n`))

    it(`${name}: with the message of each condition that is not True`, () => {
      const objects = [state.bot, ...state.integrations.map(({ found }) => found), state.policy?.found]
      const conditions = objects.flatMap((each): Condition[] => each?.status?.conditions ?? [])
      for (const { status, message } of conditions) if (status !== 'True') expect(text).to.include(message)
    })
  }
})
