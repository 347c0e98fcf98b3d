import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { renderChart } from '../../../hack/chart.ts'
import { expectGolden } from '../../harness/golden.ts'

const here = import.meta.dirname
const cases = readdirSync(here, { withFileTypes: true }).filter((entry) => entry.isDirectory())

describe('the chart renders exactly the objects on file', function () {
  this.timeout(120_000)
  for (const { name } of cases) {
    it(name, async () => {
      expectGolden(join(here, name, 'expected.yaml'), await renderChart([join(here, name, 'values.yaml')]))
    })
  }
})
