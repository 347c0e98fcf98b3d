import { expect } from 'chai'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parse } from 'yaml'

/** The cells of each row of the tables in a file, without their heads. */
const rowsOf = (file: string) =>
  readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('| ') && !/^\|[ |-]+$/.test(line))
    .slice(1)
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    )

/** The paths in the last cell; a name alone lies beside the one before it. */
function testsOf(row: readonly string[]): string[] {
  let folder = ''
  return [...(row.at(-1) ?? '').matchAll(/`([^`]+)`/g)].map(([, name = '']) => {
    const path = name.includes('/') ? name : join(folder, name)
    folder = dirname(path)
    return path
  })
}

const isTest = (path: string) => path.startsWith('test/') && path.endsWith('.test.ts') && existsSync(path)
const holdsTests = (path: string) =>
  isTest(path) || isTest(`${path}.test.ts`) || (existsSync(path) && statSync(path).isDirectory())

describe('the threat model in SECURITY.md', () => {
  const rows = rowsOf('SECURITY.md')

  it('says of each attacker what they may do', () => {
    const attackers = ['caller', 'carrier', "client's PBX", 'tenant', 'neighbour tenant', 'node', 'operator']
    expect(rows.map(([who]) => who)).to.include.members(attackers)
  })

  it('says of each attack by whom, what stops it, and which tests show that', () => {
    const unfinished = rows.filter((row) => row.length !== 4 || row.includes('') || testsOf(row).length === 0)
    expect(unfinished).to.deep.equal([])
  })

  it('says it of each attack once', () => {
    const attacks = rows.map(([who, attack]) => `${who}: ${attack}`)
    expect(attacks.filter((attack, index) => attacks.indexOf(attack) !== index)).to.deep.equal([])
  })

  it('names only tests that are there', () => {
    expect(rows.flatMap(testsOf).filter((path) => !isTest(path))).to.deep.equal([])
  })
})

describe('the failure modes', () => {
  const rows = rowsOf('docs/failure-modes.md')

  it('name for each failure what shows it, and only what is there', () => {
    expect(rows.length).to.be.greaterThan(20)
    const wrong = rows.filter((row) => testsOf(row).length === 0 || !testsOf(row).every(holdsTests))
    expect(wrong.map(([what]) => what)).to.deep.equal([])
  })
})

describe('the bounds', () => {
  const rows = rowsOf('docs/bounds.md').filter((row) => row.at(-1) !== 'Test')
  /** Of what all namespaces share: its name is the first word. */
  const shares = rows.filter((row) => row.length === 6)

  it('name each a test, and only what is there', () => {
    expect(rows.length).to.be.greaterThan(50)
    const wrong = rows.filter((row) => row.includes('') || testsOf(row).length === 0 || !testsOf(row).every(holdsTests))
    expect(wrong.map(([what]) => what)).to.deep.equal([])
  })

  it('have each share of the chart, as it is by default', () => {
    type Amounts = Record<string, number>
    const values = parse(readFileSync('charts/callbot-operator/values.yaml', 'utf8')) as Record<
      'shares',
      Record<'default' | 'total', Amounts>
    >
    const amount = (value: number | undefined) => (value === undefined ? 'no limit' : value.toLocaleString('en-US'))
    const { default: usual, total } = values.shares
    for (const [resource, share] of Object.entries(usual)) {
      const row = shares.find(([what]) => what!.startsWith(`\`${resource}\``))
      expect(row?.slice(1, 3), resource).to.deep.equal([amount(share), amount(total[resource])])
    }
  })
})

describe('CODEOWNERS', () => {
  const paths = [...readFileSync('.github/CODEOWNERS', 'utf8').matchAll(/^[/](\S+)/gm)].map(([, path = '']) => path)

  it('names who reviews each folder of src', () => {
    const folders = readdirSync('src', { withFileTypes: true }).filter((entry) => entry.isDirectory())
    expect(folders.filter(({ name }) => !paths.includes(`src/${name}/`)).map(({ name }) => name)).to.deep.equal([])
  })
})

describe('the ways in which a drill could hurt a caller', () => {
  const ways = rowsOf('docs/guides/drills.md').filter((row) => row.at(-1)!.startsWith('`test/'))

  it('have each something that stops it, and a test whose sentence says so', () => {
    expect(ways.length).to.be.at.least(20)
    const wrong = ways.filter((row) => {
      const [path] = testsOf(row)
      const sentence = row.at(-1)!.split('`: ')[1] ?? ''
      return row.includes('') || sentence === '' || !isTest(path!) || !readFileSync(path!, 'utf8').includes(sentence)
    })
    expect(wrong.map(([what]) => what)).to.deep.equal([])
  })
})
