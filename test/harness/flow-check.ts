import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { callbotSchema } from '../../src/api/callbot.ts'
import { integrationSchema } from '../../src/api/integration.ts'
import { retentionPolicySchema } from '../../src/api/retention-policy.ts'
import { checkFlow, type FlowContext } from '../../src/rules/flow/check.ts'
import { aFlow } from './flows.ts'

/** Checks of a flow against the objects of the samples. */

const read = (file: string): unknown => parse(readFileSync(`config/samples/${file}`, 'utf8'))
export const sample = callbotSchema.parse(read('30-callbot.yaml'))
export const cabinet = integrationSchema.parse(read('10-integration.yaml'))
export const policy = retentionPolicySchema.parse(read('20-retention-policy.yaml'))

export const facts = (changes: Partial<FlowContext> = {}): FlowContext => ({
  path: 'dialog',
  bot: sample.spec,
  integrations: new Map([['cabinet', cabinet.spec]]),
  policy: undefined,
  ...changes,
})

/** The Integration and the fallback of the sample, and nothing else of the bot. */
export const bare = (changes: Partial<FlowContext['bot']> = {}): Partial<FlowContext> => ({
  bot: { integrationRefs: [{ name: 'cabinet' }], fallback: sample.spec.fallback, tests: [], ...changes },
})
export const lines = (problems: readonly { path: string; message: string }[]) =>
  problems.map(({ path, message }) => `${path}: ${message}`)
export const errors = (yaml: string, given: Partial<FlowContext> = bare()) =>
  lines(checkFlow(aFlow(yaml), facts(given)).errors)

export const END = '- { name: end, hangUp: {} }'
export const ask = (more = '', slot = '{ type: YesNo }') =>
  `- { name: ask, ask: { text: '?', field: ok, slot: ${slot}${more} }, next: end }`
