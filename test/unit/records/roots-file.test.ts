import { expect } from 'chai'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openRoots, type RootsFile } from '../../../src/records/roots-file.ts'
import { generationAt } from '../../../src/rules/root-turn.ts'
import { silent } from '../../../src/runtime/log.ts'
import { eventually } from '../../harness/eventually.ts'
import { FakeClock } from '../../harness/fake-clock.ts'

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

  const open = async () =>
    (roots = await openRoots({
      files: { a: file, b: join(folder, 'roots-b') },
      adoptAfterMs: 180_000,
      clock,
      log: silent,
    }))
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

  it('seals by a generation some minutes after it was made, and keeps the one before until it is retired', async () => {
    const dated = (at: number) => line(generationAt(at))
    const [first, second] = [clock.wall() - 86_400_000, clock.wall()]
    writeFileSync(file, dated(first))
    await open()
    expect(await current()).to.equal(generationAt(first))
    writeFileSync(join(folder, 'roots-b'), dated(second))
    await clock.pass(170_000)
    expect(await current()).to.equal(generationAt(first))
    await eventually(async () => {
      await clock.pass(12_000)
      expect(await current()).to.equal(generationAt(second))
    })
    rmSync(file)
    await clock.pass(10_000)
    expect(await roots.use(async ({ keys }) => keys.size)).to.equal(2)
    roots.retire([generationAt(first)])
    expect(await roots.use(async ({ keys }) => [...keys.keys()])).to.deep.equal([generationAt(second)])
    expect([roots.slotOf(generationAt(first)), roots.slotOf(generationAt(second))]).to.deep.equal(['a', 'b'])
  })

  it('never seals by a generation whose Secret was taken away before it was old enough', async () => {
    const [first, second] = [clock.wall() - 86_400_000, clock.wall()]
    writeFileSync(file, line(generationAt(first)))
    writeFileSync(join(folder, 'roots-b'), line(generationAt(second)))
    await open()
    expect(await roots.use(async ({ keys }) => keys.size)).to.equal(2)
    rmSync(join(folder, 'roots-b'))
    await eventually(async () => {
      await clock.pass(4_000)
      expect(await roots.use(async ({ keys }) => keys.size)).to.equal(1)
    })
    await clock.pass(600_000)
    expect(await current()).to.equal(generationAt(first))
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
    roots.retire(['day-1'])
    done.resolve()
    await working
    expect(key!.every((octet) => octet === 0)).to.equal(true)
  })
})
