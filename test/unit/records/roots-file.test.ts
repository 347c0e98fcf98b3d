import { expect } from 'chai'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openRoots, type RootsFile } from '../../../src/records/roots-file.ts'
import { silent } from '../../../src/runtime/log.ts'
import { eventually } from '../../kit/eventually.ts'
import { FakeClock } from '../../kit/fake-clock.ts'

const line = (generation: string) => `${generation} ${randomBytes(32).toString('base64')}\n`

describe('the file of root keys', () => {
  let folder: string
  let file: string
  let clock: FakeClock
  let roots: RootsFile
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'callbot-roots-'))
    file = join(folder, 'roots')
    clock = new FakeClock()
  })
  afterEach(() => {
    roots.close()
    rmSync(folder, { recursive: true })
  })

  const open = async () => (roots = await openRoots({ file, clock, log: silent }))
  const current = () => roots.use(async (keys) => keys.current)
  const written = async (text: string) => {
    writeFileSync(file, text)
    await clock.pass(2_000)
  }

  it('may come after the program', async () => {
    await open()
    expect(roots.problem).to.match(/can not be read/)
    expect(await current()).to.equal(undefined)
    await written(line('day-1'))
    await eventually(async () => {
      await clock.pass(2_000)
      expect(await current()).to.equal('day-1')
    })
    expect(roots.problem).to.equal(undefined)
  })

  it('is followed, and a broken or missing one changes nothing', async () => {
    writeFileSync(file, line('day-1'))
    await open()
    await written('day-2 no key')
    rmSync(file)
    await clock.pass(10_000)
    expect(await current()).to.equal('day-1')
    expect(roots.problem).to.equal(undefined)
    await eventually(async () => {
      await written(line('day-2'))
      expect(await current()).to.equal('day-2')
    })
  })

  it('overwrites keys that were replaced, but not under the hands of who seals with them', async () => {
    writeFileSync(file, line('day-1'))
    await open()
    const done = Promise.withResolvers<void>()
    let key: Buffer | undefined
    const working = roots.use(async ({ keys }) => {
      key = keys.get('day-1')
      await done.promise
      expect(key!.every((octet) => octet === 0)).to.equal(false)
    })
    await eventually(async () => {
      await written(line('day-2'))
      expect(await current()).to.equal('day-2')
    })
    done.resolve()
    await working
    expect(key!.every((octet) => octet === 0)).to.equal(true)
  })
})
