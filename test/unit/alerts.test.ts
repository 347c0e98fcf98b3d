import { expect } from 'chai'
import { globSync, readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { OUTCOMES } from '../../src/edge/report/ended-calls.ts'

interface Rules {
  groups: { name: string; rules: Rule[] }[]
}
interface Rule {
  alert?: string
  record?: string
  expr: string
  labels?: Record<string, string>
  annotations?: Record<string, string>
}
interface Dashboard {
  templating: { list: { name: string; query: string | { query: string } }[] }
  panels: { id: number; title: string; description: string; targets: { expr: string }[] }[]
}

const files = 'charts/callbot-operator/files'
const { groups } = parse(readFileSync(`${files}/rules.yaml`, 'utf8')) as Rules
const rules = groups.flatMap((group) => group.rules)
const alerts = rules.filter(({ alert }) => alert !== undefined)
const dashboard = JSON.parse(readFileSync(`${files}/dashboard.json`, 'utf8')) as Dashboard

const queries = dashboard.templating.list.map(({ query }) => (typeof query === 'string' ? query : query.query))
const expressions = [
  ...rules.map(({ expr }) => expr),
  ...dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)),
  ...queries,
]

/** As the code names them where it makes them. */
const sources = globSync('src/**/*.ts').map((file) => readFileSync(file, 'utf8'))
const declared = new Set(sources.flatMap((text) => [...text.matchAll(/'(callbot_[a-z_]+)'/g)].map(([, name]) => name!)))
const recorded = new Set(rules.flatMap(({ record }) => record ?? []))

describe('the alerts and the dashboard of the chart', () => {
  it('ask only for metrics that are exported, or that a rule before them records', () => {
    const names = expressions.flatMap((text) => text.match(/\bcallbot[_:][a-z_:0-9]+/g) ?? [])
    expect(names.length).to.be.greaterThan(20)
    expect(names.filter((name) => !declared.has(name) && !recorded.has(name))).to.deep.equal([])
  })

  it('name only outcomes that edges count', () => {
    const named = expressions.flatMap((text) => [...text.matchAll(/outcome[!=]~"([^"]+)"/g)].map(([, some]) => some!))
    expect(named).to.not.deep.equal([])
    expect(OUTCOMES).to.include.members(named.flatMap((some) => some.split('|')))
  })

  it('record nothing that nobody reads', () => {
    expect([...recorded].filter((name) => !expressions.some((text) => text.includes(name)))).to.deep.equal([])
  })

  it('say of each alert how urgent it is, about which object, and where its runbook is', () => {
    const runbooks = readFileSync('docs/guides/runbooks.md', 'utf8')
    const anchors = [...runbooks.matchAll(/^## (.*)$/gm)].map(([, title]) => title!.toLowerCase().replaceAll(' ', '-'))
    for (const { alert, labels, annotations } of alerts) {
      expect(labels?.['severity'], alert).to.be.oneOf(['page', 'ticket'])
      expect(annotations, alert).to.have.all.keys('summary', 'description', 'runbook')
      const [path, anchor] = annotations!['runbook']!.split('#')
      expect(path, alert).to.equal('docs/guides/runbooks.md')
      expect(anchors, alert).to.include(anchor)
    }
    const page = alerts.find(({ alert }) => alert === 'CallbotCallsUnanswered')
    expect(page?.annotations?.['description']).to.include('$labels.namespace').and.to.include('$labels.callbot')
  })

  it('are all in the guide, and no other is', () => {
    const guide = readFileSync('docs/guides/objectives.md', 'utf8')
    const named = new Set(guide.match(/\bCallbot[A-Z][A-Za-z]+\b/g))
    expect([...named].sort()).to.deep.equal(alerts.map(({ alert }) => alert).sort())
  })

  it('have panels of their own, each with what it shows', () => {
    const ids = dashboard.panels.map(({ id }) => id)
    expect(new Set(ids).size).to.equal(ids.length)
    for (const { title, description } of dashboard.panels) expect(description, title).to.not.equal('')
  })
})
