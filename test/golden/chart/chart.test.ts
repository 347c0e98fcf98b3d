import { expect } from 'chai'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { renderChart } from '../../../hack/chart.ts'

const here = import.meta.dirname
const cases = readdirSync(here, { withFileTypes: true }).filter((entry) => entry.isDirectory())

describe('the chart renders exactly the objects on file', function () {
  this.timeout(120_000)
  for (const { name } of cases) {
    it(name, async () => {
      const expected = join(here, name, 'expected.yaml')
      const rendered = await renderChart([join(here, name, 'values.yaml')])
      if (process.env['UPDATE_GOLDEN'] === '1' || !existsSync(expected)) writeFileSync(expected, rendered)
      expect(rendered, 'run with UPDATE_GOLDEN=1 if this is meant, and read the diff').to.equal(
        readFileSync(expected, 'utf8'),
      )
    })
  }
})
