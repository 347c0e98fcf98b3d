import { parseArgs } from 'node:util'
import { printFigures, writeEvidence } from '../../hack/evidence.ts'
import { liveDrillYear } from '../harness/drill-year.ts'

// node test/drill-years/main.ts [--years N] [--seed N]: years of weekly drills to which things happen. One seed is one year: with the seed that a
// failure names and --years 1 it happens again.
const { values } = parseArgs({
  options: {
    years: { type: 'string', default: process.env['YEARS'] ?? '1000' },
    seed: { type: 'string', default: process.env['SEED'] ?? '1' },
  },
})
const [years, first] = [Number(values.years), Number(values.seed)]
if (!Number.isInteger(years) || years < 1 || !Number.isInteger(first) || first < 0) {
  console.error(`YEARS=${values.years} SEED=${values.seed}: give two whole numbers, such as YEARS=1000 SEED=1`)
  process.exit(2)
}
const totals: Record<string, number> = {}
const add = (name: string, count: number) => (totals[name] = (totals[name] ?? 0) + count)
let wrong = 0
for (let seed = first; seed < first + years; seed++) {
  const year = liveDrillYear(seed)
  add('drills', year.drills)
  for (const [verdict, count] of Object.entries(year.verdicts)) add(verdict, count)
  add('slots missed', year.missed)
  for (const count of Object.values(year.faults)) add('faults', count)
  if (year.problems.length > 0) {
    wrong++
    console.error(
      `\nSEED=${seed} YEARS=1 (${year.schedule}, ${year.timeZone}): ${year.problems.slice(0, 3).join('; ')}`,
    )
  }
  if (process.stderr.isTTY) process.stderr.write(`\r${seed - first + 1} of ${years} years `)
}
if (process.stderr.isTTY) process.stderr.write('\r')
const figures = { years, ...totals, 'years with a fault that stayed, a slot lost or a result too many': wrong }
printFigures(
  'drill-years',
  Object.entries(figures).map(([name, count]) => [name, String(count)]),
)
writeEvidence('drill-years', { seed: first, ...figures })
process.exitCode = wrong === 0 ? 0 : 1
