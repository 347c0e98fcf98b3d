import { expect } from 'chai'
import { globSync, readFileSync } from 'node:fs'
import { declarationOf } from '../../../../hack/tests/declaration.ts'

const LONGEST_DAYS = 14
const DAY_MS = 86_400_000

describe('a quarantine', () => {
  it('ends after two weeks at most: then the test is repaired, or it goes', () => {
    const today = new Date().toISOString().slice(0, 10)
    const latest = new Date(Date.now() + LONGEST_DAYS * DAY_MS).toISOString().slice(0, 10)
    const wrong = globSync('test/**/*.test.ts').flatMap((file) => {
      const { quarantine } = declarationOf(file, readFileSync(file, 'utf8'))
      if (quarantine === undefined || (today <= quarantine.until && quarantine.until <= latest)) return []
      return [`${file}: quarantine of ${quarantine.owner} until ${quarantine.until}, issue ${quarantine.issue}`]
    })
    expect(wrong, 'over, or longer than two weeks').to.deep.equal([])
  })
})
