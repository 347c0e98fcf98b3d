import { expect } from 'chai'
import { globSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { REASONS } from '../../src/api/reasons.ts'

const guides = 'docs/guides'
const runbooks = readFileSync(join(guides, 'runbooks.md'), 'utf8')
/** As GitHub makes anchors of headings: lower case, dashes for spaces, nothing else but letters and digits. */
const anchorsOf = (markdown: string) =>
  [...markdown.matchAll(/^#+ (.*)$/gm)].map(([, title]) =>
    title!
      .toLowerCase()
      .replace(/[^\w -]/g, '')
      .replaceAll(' ', '-'),
  )

interface Rules {
  groups: { rules: { annotations?: { runbook?: string } }[] }[]
}

/** Their anchors, as the rules of the chart name them. */
function runbooksOfAlerts(): string[] {
  const { groups } = parse(readFileSync('charts/callbot-operator/files/rules.yaml', 'utf8')) as Rules
  return groups.flatMap(({ rules }) => rules.flatMap(({ annotations }) => annotations?.runbook?.split('#')[1] ?? []))
}

describe('the runbooks', () => {
  const anchors = anchorsOf(runbooks)

  for (const [reason, { runbook }] of Object.entries(REASONS)) {
    it(`say what to do about ${reason}`, () => expect(anchors).to.include(runbook))
  }

  it('are about reasons that the operator gives in some place', () => {
    const sources = globSync('src/**/*.ts').filter((file) => !/api[/](drill-|retention-)?reasons[.]ts$/.test(file))
    const code = sources.map((file) => readFileSync(file, 'utf8')).join('')
    expect(Object.keys(REASONS).filter((reason) => !code.includes(`'${reason}'`))).to.deep.equal([])
  })

  it('have no section about a reason that nobody gives, or an alert that nothing fires', () => {
    const known = new Set<string>([...Object.values(REASONS).map(({ runbook }) => runbook), ...runbooksOfAlerts()])
    expect(anchors.filter((anchor) => anchor !== 'runbooks' && !known.has(anchor))).to.deep.equal([])
  })

  for (const guide of readdirSync(guides)) {
    it(`and every link in ${guide} leads somewhere`, () => {
      const text = readFileSync(join(guides, guide), 'utf8')
      const broken = [...text.matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]+))?\)/g)].filter(([, path, anchor]) => {
        const target = readFileSync(join(guides, path || guide), 'utf8')
        return anchor !== undefined && !anchorsOf(target).includes(anchor)
      })
      expect(broken.map(([link]) => link)).to.deep.equal([])
    })
  }
})
