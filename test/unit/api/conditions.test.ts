import { expect } from 'chai'
import { globSync, readFileSync } from 'node:fs'
import { MOST_CONDITIONS } from '../../../src/api/object.ts'
import { CONDITION_TYPES, CONDITIONS_OF, REASONS, wordingOf } from '../../../src/api/conditions.ts'

/** The anchor that Markdown viewers give to a heading. */
const anchorOf = (heading: string) => heading.toLowerCase().replaceAll(' ', '-')

describe('the list of reasons', () => {
  const all = Object.entries(REASONS)

  it('has words in CamelCase, each with when, message and runbook', () => {
    for (const [name, { when, message, runbook }] of all) {
      expect(name).to.match(/^[A-Z][A-Za-z]+$/)
      expect(when, name).to.match(/[.]$/)
      expect(message, name).to.match(/\S/)
      expect(runbook, name).to.equal(anchorOf(name.replaceAll(/(?<=[a-z])(?=[A-Z])/g, ' ')))
    }
  })

  it('has a section in the runbooks for every reason that the operator gives', () => {
    const headings = readFileSync('docs/guides/runbooks.md', 'utf8').matchAll(/^## (.+)$/gm)
    const anchors = [...headings].map(([, heading]) => anchorOf(heading!))
    const sources = globSync('src/operator/**/*.ts').map((path) => readFileSync(path, 'utf8'))
    const given = all.filter(([name]) => sources.some((source) => source.includes(`'${name}'`)))
    expect(given.length).to.be.greaterThan(10)
    expect(anchors).to.include.members(given.map(([, { runbook }]) => runbook))
  })

  it('fills the holes of a message', () => {
    expect(wordingOf('NumberTaken', { number: '+33199000001', owner: 'clinic/old' })).to.equal(
      'number +33199000001 belongs to Callbot clinic/old, which is older: remove the number from one of the two',
    )
    expect(wordingOf('CertificatePending')).to.equal('the certificate of the pods is being issued')
  })
})

describe('the list of condition types', () => {
  it('has for no kind more than a status may have: the API server refuses a status with more of them', () => {
    for (const types of Object.values(CONDITIONS_OF)) expect(types.length).to.be.at.most(MOST_CONDITIONS)
  })

  it('has for each kind only types that are explained, each once', () => {
    for (const types of Object.values(CONDITIONS_OF)) {
      expect(Object.keys(CONDITION_TYPES)).to.include.members([...types])
      expect(new Set(types).size).to.equal(types.length)
    }
  })

  it('begins with the summary of the kind', () => {
    const summaries = Object.entries(CONDITIONS_OF).map(([kind, [first]]) => [kind, first])
    expect(Object.fromEntries(summaries)).to.deep.equal({
      Callbot: 'Ready',
      Integration: 'Ready',
      RetentionPolicy: 'Ready',
      FailoverDrill: 'Succeeded',
    })
  })
})
