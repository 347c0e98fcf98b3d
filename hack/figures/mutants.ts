/** How many small changes of the code the unit tests notice. */
import { define, type Proof } from './proof.ts'

/** What `make mutants` writes. Those that drop a promise are the first of its outcomes. */
export interface MutantsRun {
  /** Of all rooms, of which some are sampled. */
  possible: number
  promises: number
  /** Survivors without a reason. */
  unexplained: number
  outcomes: { fate: 'killed' | 'hangs' | 'alive' | 'no test' }[]
}

const noticed = (outcomes: MutantsRun['outcomes']) =>
  outcomes.filter(({ fate }) => fate === 'killed' || fate === 'hangs').length

export const MUTANTS: Proof = define<MutantsRun>({
  name: 'mutants',
  section: 'tests',
  command: 'make mutants',
  isOfAnyMachine: true,
  subject: ['src', 'hack/mutants', 'test/unit', 'test/golden'],
  figures: {
    mutants: { what: 'mutants', least: 120, of: ({ outcomes }) => outcomes.length },
    possible: { what: 'possible ones, of which the others are a sample', of: ({ possible }) => possible },
    noticed: {
      ...{ what: 'of them that unit tests notice', unit: '%', digits: 1, least: 95 },
      of: ({ outcomes }) => (100 * noticed(outcomes)) / outcomes.length,
    },
    hangs: {
      what: 'of them because tests do not end',
      of: ({ outcomes }) => outcomes.filter(({ fate }) => fate === 'hangs').length,
    },
    promises: {
      ...{ what: 'mutants that drop a promise and that no unit test notices', most: 0 },
      of: ({ outcomes, promises }) => promises - noticed(outcomes.slice(0, promises)),
    },
    unexplained: { what: 'survivors without a reason', most: 0, of: ({ unexplained }) => unexplained },
  },
})
