import { expect } from 'chai'
import { dashboardRows, readPanels } from '../../../hack/dashboard.ts'

describe('the dashboard as text', () => {
  it('asks the query of each panel, with a value for each variable of Grafana', () => {
    const panels = readPanels()
    expect(panels.map(({ title }) => title)).to.include('Answered calls, last 28 days')
    for (const { expressions } of panels) {
      expect(expressions).to.not.be.empty
      for (const expression of expressions) expect(expression).to.not.include('$')
    }
  })

  it('has a row for each series, and one for a panel without', async () => {
    const labels = { __name__: 'x', namespace: 'lilas', callbot: 'rendez-vous' }
    const query = (expression: string) =>
      Promise.resolve(expression.startsWith('1 - sum by') ? [{ labels, value: 0.98765 }] : [])
    const rows = await dashboardRows({ query })
    expect(rows).to.deep.include(['Answered calls, last 28 days', 'namespace=lilas callbot=rendez-vous', '98.77 %'])
    expect(rows).to.deep.include(['Live calls', '', 'none'])
    expect(rows).to.have.lengthOf(readPanels().length)
  })
})
