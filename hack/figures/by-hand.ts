/** Figures that a person wrote into a page: no run stands behind them. Pure. */
import type { Place } from './places.ts'
import { withoutGenerated } from './pages.ts'

/** A number with a unit that is measured. */
const MEASURE =
  /(?<![\w.-])\d[\d.,]*\s?(?:ms|s|seconds?|min|minutes?|hours?|%|[KMG]iB|[kMG]B|x|times|CRs\/s|in 100)(?![\w-])/g
/** By which words people report what they measured. */
const REPORTED =
  /\b(measured|took|median|p50|p9[059]|on (two|2)( busy| idle)? (cores|processors)|real-time factor|error rate|once (had|was|took)|in (manual|a) (tests|trial))\b/i

/** A number that is no figure of ours, and why. */
export interface NoFigure {
  page: string
  /** As it stands in the page, in one line. */
  phrase: string
  /** `limit`: what `by` asserts. `setting`: of the chart, the code or a benchmark. `goal`: what a figure is compared with. */
  kind: 'limit' | 'setting' | 'goal'
  /** The test that holds a limit. */
  by?: string
}

export type ByHand = Pick<Place, 'page' | 'line'> & { figure: string }

/** Blocks of code show what a program prints or takes. A replaced line keeps its place. */
const withoutCode = (text: string) =>
  text.replaceAll(/```[\s\S]*?```/g, (block) => block.replaceAll(/[^\n]/g, '')).replaceAll(/^ {4}.*$/gm, '')

/**
 * Numbers with a unit in a page that are neither generated nor named as no figure.
 * @param isStrict each of them; else those in a line that reports a measurement, for a guide has many limits
 */
export function byHand(page: string, text: string, noFigures: readonly NoFigure[], isStrict: boolean): ByHand[] {
  const named = noFigures.filter((each) => each.page === page)
  const left = named.reduce((rest, { phrase }) => rest.replaceAll(phrase, ''), withoutCode(withoutGenerated(text)))
  return left
    .replaceAll(/`[^`\n]*`/g, '')
    .split('\n')
    .flatMap((line, index) =>
      isStrict || REPORTED.test(line)
        ? [...line.matchAll(MEASURE)].map(([figure]) => ({ page, line: index + 1, figure }))
        : [],
    )
}
