/** A year of weekly drills in an installation to which things happen: all of it follows from a seed. */
import { slotsBetween } from '../../src/rules/drill/schedule.ts'
import { Simulation, TICK, type Fault } from './drill-simulation.ts'
import { chance } from '../fuzz/mutate.ts'

const [SECOND, MINUTE, DAY] = [1_000, 60_000, 86_400_000]
const YEAR = 365 * DAY
/** Most clocks change on a Sunday between one and four o'clock. */
const SCHEDULES = ['30 6 * * 1', '30 2 * * 0', '0 3 * * 0', '15 1 * * 7', '59 23 * * 6', '0 0 * * 0']
const ZONES = Intl.supportedValuesOf('timeZone')
const KILLS = ['before the write', 'after the write', 'after one order', 'before the creation', 'after the creation']

export interface DrillYear {
  seed: number
  schedule: string
  timeZone: string
  drills: number
  /** How often something happened, by what. */
  faults: Record<string, number>
  verdicts: Record<string, number>
  missed: number
  /** What must never be. */
  problems: string[]
}

interface Event {
  /** Milliseconds from the beginning of the year. */
  at: number
  fault: Fault
}

interface Random {
  below(limit: number): number
  of<T>(values: readonly T[]): T
}

function randomFrom(seed: number): Random {
  const below = chance(Math.imul(seed + 1, 0x9e3779b1))
  return { below, of: (values) => values[below(values.length)]! }
}

/** Lives through the year of this seed. The same seed is the same year. */
export function liveDrillYear(seed: number): DrillYear {
  const random = randomFrom(seed)
  const begin = Date.UTC(2019 + random.below(20), 0, 1) + random.below(DAY / SECOND) * SECOND
  const [schedule, timeZone] = [random.of(SCHEDULES), random.of(ZONES)]
  const simulation = new Simulation(schedule, begin, 'Synthetic', timeZone)
  const slots = slotsBetween(simulation.schedule, begin, begin + YEAR, 100).map((slot) => slot - begin)
  const events = eventsOf(random, slots)
  const faults: Record<string, number> = {}
  const start = simulation.now
  for (const { at, fault } of events) {
    liveUntil(simulation, start + at)
    faults[fault.do] = (faults[fault.do] ?? 0) + 1
    simulation.apply(fault)
  }
  liveUntil(simulation, start + YEAR + DAY)
  return {
    seed,
    schedule,
    timeZone,
    faults,
    ...resultOf(
      simulation,
      events,
      slots.map((slot) => slot + begin),
    ),
  }
}

/** Steps where something runs, and a stroke where nothing does. A clock that is set back brings no new slot, so the stroke is never too long. */
function liveUntil(simulation: Simulation, end: number): void {
  while (simulation.now < end) {
    const next = simulation.nextStart ?? (simulation.isSuspended ? Infinity : simulation.wall)
    const untilStart = next - simulation.wall
    const idle = Math.min(untilStart, end - simulation.now) - 2 * SECOND
    if (simulation.isIdle && idle > MINUTE) simulation.pass(idle - (idle % SECOND))
    simulation.tick()
  }
}

/** Half of them fall into a drill. What lasts ends within two days. */
function eventsOf(random: Random, slots: readonly number[]): Event[] {
  const events = Array.from({ length: 40 + random.below(40) }).flatMap((): Event[] => {
    const during = random.of(slots) + random.below(100_000 / TICK) * TICK
    const at = random.below(2) === 0 ? during : random.below(YEAR / TICK) * TICK
    const lasts = random.below(2) === 0 ? random.below(120) * SECOND : random.below(2 * DAY)
    return faultsOf(random).map((fault, index) => ({ at: at + index * lasts, fault }))
  })
  return events.toSorted((one, other) => one.at - other.at)
}

/** What happens, and what ends it. */
function faultsOf(random: Random): Fault[] {
  const by = (random.below(7_201) - 3_600) * SECOND
  return random.of<Fault[]>([
    [{ do: 'kill', at: random.of(KILLS) } as Fault],
    [{ do: 'kill', at: random.of(KILLS) } as Fault],
    [
      { do: 'switch', to: random.of(['On', 'Missing']) },
      { do: 'switch', to: 'Off' },
    ],
    [
      { do: 'backup', isUp: false },
      { do: 'backup', isUp: true },
    ],
    [
      { do: 'primary', isUp: false },
      { do: 'primary', isUp: true },
    ],
    [{ do: 'edit' }],
    [{ do: 'abort' }],
    [{ do: 'rollout' }, { do: 'rollout' }],
    [{ do: 'zone' }, { do: 'zone' }],
    [
      { do: 'clock', by },
      { do: 'clock', by: -by },
    ],
    [
      { do: 'suspend', to: true },
      { do: 'suspend', to: false },
    ],
  ])
}

function resultOf(simulation: Simulation, events: readonly Event[], slots: readonly number[]) {
  const { drills, missed, outcomes } = simulation
  const problems = [...simulation.problems]
  const unfinished = drills.filter(({ verdicts }) => verdicts !== 1)
  if (unfinished.length > 0) problems.push(`${unfinished.length} drills have no result a day after the year`)
  if (simulation.edges.some(({ fault }) => fault)) problems.push('a fault is left a day after the year')
  const isAccountable = !events.some(({ fault }) => fault.do === 'clock' || fault.do === 'suspend')
  const lost = isAccountable ? slots.filter((slot) => !outcomes.has(slot)) : []
  if (lost.length > 0) problems.push(`nobody decided on the slot ${new Date(lost[0]!).toISOString()}`)
  const counted = Map.groupBy(drills, ({ run }) => run.end?.verdict ?? 'none')
  const verdicts = Object.fromEntries([...counted].map(([verdict, each]) => [verdict, each.length]))
  return { drills: drills.length, missed, verdicts, problems }
}
