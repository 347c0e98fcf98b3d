/** How long `make demo` takes. */
import { define, type Figure } from './proof.ts'

/** Seconds of its parts, as it writes them. */
export interface DemoRun {
  clusterSeconds: number
  chartSeconds: number
  samplesToReadySeconds: number
  wholeSeconds: number
}

const minutes = (seconds: number) => seconds / 60

const figures = (budget: number): Record<string, Figure<DemoRun>> => ({
  minutes: { what: 'whole run', unit: 'min', most: budget, of: ({ wholeSeconds }) => Math.ceil(minutes(wholeSeconds)) },
  cluster: {
    ...{ what: 'the cluster, with the images', unit: 'min', digits: 1 },
    of: ({ clusterSeconds }) => minutes(clusterSeconds),
  },
  ready: {
    ...{ what: 'until the bots are Ready', unit: 'min', digits: 1 },
    of: ({ clusterSeconds, chartSeconds, samplesToReadySeconds }) =>
      minutes(clusterSeconds + chartSeconds + samplesToReadySeconds),
  },
})

const ofDemo = (name: string, command: string, budget: number) =>
  define<DemoRun>({
    ...{ name, command, section: 'tests' },
    subject: ['hack/demo.ts', 'package-lock.json'],
    circumstancesOf: () => 'Without the installation of the dependencies, which npm does before',
    figures: figures(budget),
  })

/** By what was in the caches when it began. */
export const MAKE_DEMO = {
  warm: ofDemo('make-demo-warm', 'make demo', 10),
  cold: ofDemo('make-demo-cold', 'make demo, with empty caches', 15),
}
