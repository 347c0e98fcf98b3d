import { expect } from 'chai'
import fc from 'fast-check'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PARTS, type Part, type Reloaded } from '../../../../src/edge/apply/proxy-control.ts'
import { createFiles, LOGIN_TABLE, type ProxyFiles } from '../../../../src/edge/apply/proxy-files.ts'
import { createTriedTables, type TriedTables } from '../../../../src/edge/apply/tried-tables.ts'
import { silent } from '../../../../src/runtime/log.ts'
import { FakeClock } from '../../../harness/fake-clock.ts'

const NAMES: Record<Part, string> = {
  tls: 'tls.cfg',
  peer: 'tables/peer',
  dispatcher: 'dispatcher.list',
  login: LOGIN_TABLE,
  trunk: 'tables/trunk',
  route: 'tables/route',
}
const FIRST = Object.fromEntries(PARTS.map((part) => [part, `${part} empty`]))

/** A proxy that rejects a text with `bad` in it, and does not start with one. */
class ModelProxy {
  readonly runs = new Map<Part, string>()
  isUp = false
  /** So many questions it answers, and is killed. */
  answersLeft = Infinity
  private readonly files: ProxyFiles

  constructor(files: ProxyFiles) {
    this.files = files
  }

  start(): boolean {
    const texts = PARTS.map((part) => [part, this.files.read(NAMES[part])] as const)
    this.isUp = texts.every(([, text]) => text !== undefined && !text.includes('bad'))
    if (this.isUp) for (const [part, text] of texts) this.runs.set(part, text!)
    return this.isUp
  }

  kill(): void {
    this.isUp = false
  }

  reload(part: Part): Promise<Reloaded> {
    const text = this.files.read(NAMES[part])!
    if (this.answersLeft-- === 0) this.kill()
    if (!this.isUp) return Promise.resolve('Away')
    if (text.includes('bad')) return Promise.resolve('Refused')
    this.runs.set(part, text)
    return Promise.resolve('Loaded')
  }
}

describe('the tables of a proxy', () => {
  let folder: string
  let clock: FakeClock
  let files: ProxyFiles
  let proxy: ModelProxy
  let tables: TriedTables
  let refused: readonly Part[]
  const agent = () => {
    refused = []
    tables = createTriedTables({
      ...{ files, proxy, clock, log: silent, names: NAMES, first: FIRST, onLoaded: () => undefined },
      onRefused: (parts) => (refused = parts),
    })
  }
  const putAll = (text: string) => PARTS.forEach((part) => tables.put(part, () => `${part} ${text}`))
  const begin = () => {
    folder = mkdtempSync(join(tmpdir(), 'callbot-tables-'))
    clock = new FakeClock()
    files = createFiles(folder, folder)
    proxy = new ModelProxy(files)
    agent()
  }
  const end = () => rmSync(folder, { recursive: true })
  beforeEach(begin)
  afterEach(end)

  it('each load for itself: one that is rejected holds up no other, and the last one that worked is in its place', async () => {
    putAll('1')
    proxy.start()
    await tables.load()
    tables.put('trunk', () => 'trunk bad')
    tables.put('route', () => 'route 2')
    for (let cycle = 0; cycle < 3; cycle++) await tables.load()
    expect(proxy.runs.get('route')).to.equal('route 2')
    expect(proxy.runs.get('trunk')).to.equal('trunk 1')
    expect(refused).to.deep.equal(['trunk'])
    expect(tables.isBehind(), 'a text that was rejected twice is not tried again').to.equal(false)
    expect(proxy.start(), 'it starts again with what lies there').to.equal(true)
    tables.put('trunk', () => 'trunk 3')
    await tables.load()
    expect(proxy.runs.get('trunk')).to.equal('trunk 3')
    expect(refused).to.deep.equal([])
  })

  it('that keep a proxy from starting give way after 10 s, and the first ones to empty ones', async () => {
    tables.put('peer', () => 'peer bad')
    for (const part of PARTS.filter((each) => each !== 'peer')) tables.put(part, () => `${part} 1`)
    expect(proxy.start()).to.equal(false)
    await tables.load()
    await clock.pass(11_000)
    await tables.load()
    expect(proxy.start()).to.equal(true)
    for (let cycle = 0; cycle < 4; cycle++) await tables.load()
    expect(proxy.runs.get('peer')).to.equal('peer empty')
    expect(proxy.runs.get('route'), 'the others come back').to.equal('route 1')
  })

  it('that are sound come into use though a proxy starts late, and is killed while it loads them', async () => {
    putAll('1')
    await tables.load()
    await clock.pass(11_000)
    await tables.load()
    expect(files.read(NAMES.route), 'nobody knows yet why it does not answer').to.equal('route empty')
    proxy.start()
    proxy.answersLeft = 1
    await tables.load()
    await clock.pass(11_000)
    await tables.load()
    proxy.start()
    for (let cycle = 0; cycle < 3; cycle++) await tables.load()
    expect([...proxy.runs.values()]).to.deep.equal(PARTS.map((part) => `${part} 1`))
    expect(refused).to.deep.equal([])
  })

  it('that nobody confirmed before the agent ended give way when the next one starts', async () => {
    putAll('1')
    proxy.start()
    await tables.load()
    tables.put('route', () => 'route bad')
    agent()
    expect(files.read(NAMES.route)).to.equal('route 1')
  })

  it('that can not be rendered leave the last ones, and are reported', async () => {
    putAll('1')
    proxy.start()
    await tables.load()
    tables.put('route', () => {
      throw new RangeError('a row of 70000 octets')
    })
    tables.put('peer', () => 'peer 2')
    await tables.load()
    expect([proxy.runs.get('route'), proxy.runs.get('peer')]).to.deep.equal(['route 1', 'peer 2'])
    expect(refused).to.deep.equal(['route'])
    expect(tables.isBehind(), 'it is rendered again').to.equal(true)
    tables.put('route', () => 'route 2')
    await tables.load()
    expect([proxy.runs.get('route'), refused]).to.deep.equal(['route 2', []])
  })

  it('let a proxy start within 11 s whatever is written, rejected, killed and restarted, and come to run the newest', async () => {
    const act = fc.oneof(
      fc.record({ put: fc.constantFrom(...PARTS), text: fc.constantFrom('a', 'b', 'bad') }),
      fc.constantFrom('load', 'kill', 'start', 'agent', 'wait' as const),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(act, { maxLength: 40 }), async (acts) => {
        end()
        begin()
        putAll('first')
        proxy.start()
        await tables.load()
        for (const each of acts) {
          if (typeof each === 'object') tables.put(each.put, () => `${each.put} ${each.text}`)
          else if (each === 'load') await tables.load()
          else if (each === 'kill') proxy.kill()
          else if (each === 'start') proxy.start()
          else if (each === 'agent') agent()
          else await clock.pass(4_000)
        }
        proxy.kill()
        await tables.load()
        await clock.pass(11_000)
        await tables.load()
        expect(proxy.start(), 'it starts').to.equal(true)
        putAll('newest')
        for (let cycle = 0; cycle < 4; cycle++) await tables.load()
        for (const part of PARTS) expect(proxy.runs.get(part)).to.equal(`${part} newest`)
        expect(refused).to.deep.equal([])
        expect(tables.isBehind()).to.equal(false)
      }),
      { numRuns: 200 },
    )
  })
})
