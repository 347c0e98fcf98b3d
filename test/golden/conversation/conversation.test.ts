import { expect } from 'chai'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readManifests } from '../../../src/api/manifests.ts'
import { checkFlow } from '../../../src/rules/flow/check.ts'
import { dialogOf, factsFor } from '../../../src/rules/flow/from-manifests.ts'
import { callPolicyOf } from '../../../src/rules/policy-order.ts'
import { prepareFlow } from '../../../src/conversation/engine.ts'
import { converse } from '../../../src/say/text-call.ts'
import { expectGolden } from '../../harness/golden.ts'
import { NOW } from '../../harness/hearing.ts'

const here = import.meta.dirname
const cases = readdirSync(here, { withFileTypes: true }).filter((entry) => entry.isDirectory())

/** What the terminal shows of a conversation with the caller's lines, on Tuesday, 24 November 2026. */
async function conversation(folder: string): Promise<string> {
  const file = readFileSync(join(folder, 'bot'), 'utf8').trim()
  const files = [file, 'config/samples/20-retention-policy.yaml']
  const declared = readManifests(files.map((name) => ({ name, text: readFileSync(name, 'utf8') })))
  expect(declared.problems).to.deep.equal([])
  const bot = declared.bots[0]!
  const dialog = dialogOf(bot, declared)
  if ('problems' in dialog) throw new Error(JSON.stringify(dialog.problems))
  expect(checkFlow(dialog.flow, factsFor(bot, declared, dialog.path)).errors).to.deep.equal([])
  const lines = readFileSync(join(folder, 'caller.txt'), 'utf8').split('\n').slice(0, -1)
  const shown: string[] = []
  await converse({
    script: prepareFlow(dialog.flow, bot.spec),
    collect: callPolicyOf(declared.policies.find(({ metadata }) => metadata.name === bot.spec.retentionPolicyRef?.name)?.spec ?? {}).collect,
    now: () => NOW,
    terminal: {
      write: (line) => shown.push(line),
      read(prompt) {
        const line = lines.shift()
        if (line !== undefined) shown.push(`${prompt}${line}`.trimEnd())
        return Promise.resolve(line)
      },
    },
  })
  expect(lines, 'lines after the end of the call').to.deep.equal([])
  return `${shown.join('\n')}\n`
}

describe('a conversation goes as on file', () => {
  for (const { name } of cases) {
    it(name, async () => {
      const shown = await conversation(join(here, name))
      expectGolden(join(here, name, 'conversation.txt'), shown)
    })
  }
})
