import { expect } from 'chai'
import { globSync, readFileSync } from 'node:fs'
import { declarationOf } from '../../../../hack/tests/declaration.ts'
import { closureOf } from '../../../../hack/mutants/reach.ts'
import { netOf } from '../../../harness/loopback.ts'

const read = (file: string) => readFileSync(file, 'utf8')
const imports = new Map<string, string[]>()
/** What plays in a network namespace of its own meets nobody. */
const APART = 'test/fuzz/edge/'
const isHelper = (file: string) => file.startsWith('test/') && !file.endsWith('.test.ts') && !file.startsWith(APART)
/** What a helper has is of each file that uses it. */
const withHelpers = (file: string) => [file, ...[...closureOf(file, imports)].filter(isHelper)].map(read).join('\n')
/** Those that two lanes of `make test` play beside each other. */
const besideOthers = globSync('test/{integration,contrast}/**/*.test.ts').filter((file) => {
  const { tier, isAlone } = declarationOf(file, read(file))
  return tier === 'component' && !isAlone
})

/** By what is fixed, the files that use it. */
function filesBy(pattern: RegExp, textOf: (file: string) => string): [string, string[]][] {
  const uses = besideOthers.flatMap((file) => {
    const found = new Set(
      [...textOf(file).matchAll(pattern)].map(([all, ...groups]) => groups.find((group) => group !== undefined) ?? all),
    )
    return [...found].map((what) => ({ what, file }))
  })
  expect(uses).not.to.deep.equal([])
  return Object.entries(Object.groupBy(uses, ({ what }) => what)).map(([what, all]) => [
    what,
    all!.map(({ file }) => file),
  ])
}

const shared = (pattern: RegExp, textOf = read) => filesBy(pattern, textOf).filter(([, files]) => files.length > 1)

describe('two test files that play beside each other', () => {
  it('share no fixed address: each takes those of its lane and its process', () => {
    expect(shared(/(?<!\d)127\.(?!0\.0\.1\b)\d+\.\d+\.\d+/g)).to.deep.equal([])
  })

  it('share no fixed port', () => {
    const names = 'from|bot|sipp|caller|media|mediaPort|firstMediaPort|localPort|[A-Z]*PORTS?'
    expect(shared(new RegExp(`\\b(?:${names})\\b(?::| =) (\\d{2}_?\\d{3})\\b`, 'g'))).to.deep.equal([])
  })

  it('share no fixed port of a helper either, where everybody is at 127.0.0.1; media take the next one that is free', () => {
    const ports = /\b[A-Z_]*PORTS? = (\d{2}_?\d{3}\b(?: \+ )?)|\b(?:'127\.0\.0\.1'|POD_IP), port: (\d+)/g
    // What is added to is no fixed one: it goes by the lane.
    expect(shared(ports, withHelpers).filter(([port]) => !port.endsWith(' + '))).to.deep.equal([])
  })

  it('never meet at one loopback address, whatever the ids of their processes are', () => {
    for (let pid = 1; pid < 500; pid++)
      for (let other = 1; other < 500; other += 7) expect(netOf('0', pid)).not.to.equal(netOf('1', other))
    for (const pid of [1, 238, 239, 65_535]) expect(netOf(undefined, pid)).to.be.within(16, 254)
  })
})
