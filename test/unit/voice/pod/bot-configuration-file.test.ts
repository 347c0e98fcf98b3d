import { expect } from 'chai'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'yaml'
import { readFileSync } from 'node:fs'
import { callbotSchema } from '../../../../src/api/callbot.ts'
import { botConfiguration } from '../../../../src/operator/render/bot-configuration.ts'
import { NOTHING_LEAVES } from '../../../../src/rules/policy-order.ts'
import { readBot } from '../../../../src/voice/pod/bot-configuration-file.ts'

describe('the configuration that a bot pod reads', () => {
  let folder: string
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'callbot-bot-'))
  })
  after(() => rm(folder, { recursive: true }))

  /** What a pod may use, of a bot in these regions in an installation in those. */
  const regionsOf = async (own: string[], installation: string[]) => {
    const { spec } = callbotSchema.parse(parse(readFileSync('config/samples/30-callbot.yaml', 'utf8')))
    const placed = { ...spec, placement: { regions: own, certifications: [] } }
    await writeFile(join(folder, 'bot.json'), JSON.stringify(botConfiguration(placed, NOTHING_LEAVES)))
    return (await readBot(folder, installation)).regions
  }

  it('has the regions that bot and installation have in common: any, some, or none', async () => {
    expect(await regionsOf([], [])).to.equal(undefined)
    expect(await regionsOf([], ['a'])).to.deep.equal(['a'])
    expect(await regionsOf(['a', 'b'], ['b', 'c'])).to.deep.equal(['b'])
    expect(await regionsOf(['a'], ['b'])).to.deep.equal([])
  })
})
