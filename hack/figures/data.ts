/** What the search of every octet found: docs/benchmarks.md shows it. */
import { byPromise, define, type Proof } from './proof.ts'

interface Surface {
  surface: string
  octets: number
  finds: number
}
interface ZeroDay {
  calls: number
  planted: number
  plantsFound: number
  seconds: number
  twin: { calls: number; records: number; found: number }
  surfaces: Surface[]
  peer: Surface[]
}

const EDGES = 'memory of kamailio'
const GIB = 2 ** 30
const findsIn = (surfaces: readonly Surface[], is: (name: string) => boolean) =>
  surfaces.filter(({ surface }) => is(surface)).reduce((sum, { finds }) => sum + finds, 0)
const octetsIn = (surfaces: readonly Surface[]) => surfaces.reduce((sum, { octets }) => sum + octets, 0)

const zeroDay = define<ZeroDay>({
  name: 'zero-day',
  section: 'data',
  ...byPromise('zero-day-writes-nothing'),
  command: 'make zero-day',
  isComplete: ({ calls, surfaces }) => calls >= 200 && surfaces.length > 0,
  circumstancesOf: ({ calls, twin }) => `${calls} calls of which nothing is kept, ${twin.calls} kept for a day`,
  figures: {
    planted: { what: 'leaks that were planted, by surface and form', least: 40, of: ({ planted }) => planted },
    blind: { what: 'of them not found', most: 0, of: ({ planted, plantsFound }) => planted - plantsFound },
    searched: { what: 'searched', unit: 'GiB', digits: 1, of: ({ surfaces }) => octetsIn(surfaces) / GIB },
    seconds: { what: 'time of the search', unit: 's', of: ({ seconds }) => seconds },
    disk: {
      ...{ what: 'values of callers on the disk and in files in memory', most: 0 },
      of: ({ surfaces }) => findsIn(surfaces, (name) => !name.startsWith('memory of ')),
    },
    memory: {
      ...{ what: 'values of callers in the memory of programs, edges apart', most: 0 },
      of: ({ surfaces }) => findsIn(surfaces, (name) => name.startsWith('memory of ') && name !== EDGES),
    },
    edges: {
      what: 'values of callers in the memory of edges, which is not overwritten',
      of: ({ surfaces }) => findsIn(surfaces, (name) => name === EDGES),
    },
    twin: { what: 'sealed records of the calls that are kept', least: 40, of: ({ twin }) => twin.records },
    'twin/blind': { what: 'of them not found on the disk', most: 0, of: ({ twin }) => twin.records - twin.found },
    peer: {
      what: 'values of callers on the disk of Asterisk, which has deleted them',
      of: ({ peer }) => findsIn(peer, (name) => name.startsWith('disk')),
    },
  },
})

export const DATA: readonly Proof[] = [zeroDay]
