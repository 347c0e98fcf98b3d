// @seconds 8
/** The alerts of the chart, judged by promtool with calls as edges count them: a sample every 30 s, as monitors scrape. */
import { expect } from 'chai'
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse, stringify } from 'yaml'
import { unpackPrometheus } from '../../../hack/calls/debian.ts'
import { chartDir } from '../../../hack/chart.ts'
import { tryRun } from '../../../hack/cluster/shell.ts'
import { extent } from '../../harness/extent.ts'
import { OUTCOMES, type CallOutcome } from '../../../src/edge/report/ended-calls.ts'

/** Of one bot at one edge, calls by outcome in each half minute. */
type Calls = Partial<Record<CallOutcome, readonly number[]>>
type Series = { series: string; values: string }

const HOUR = 120
/** A month at full length: `PROOF=whole mocha` with this file. */
const DAYS = extent('DAYS', { short: 3, whole: 28 })
const HALF_MINUTES = DAYS * 24 * HOUR
const RULES = join(chartDir, 'files', 'rules.yaml')
const PAGE = 'CallbotCallsUnanswered'

/** So many calls in each of so many half minutes. */
const steady = (calls: number, halfMinutes: number) => Array.from({ length: halfMinutes }, () => calls)

/** As an edge exports them: every outcome of the bot from 0 on. */
function seriesOf(bot: string, calls: Calls, halfMinutes: number): Series[] {
  return OUTCOMES.map((outcome) => {
    let total = 0
    const values = Array.from({ length: halfMinutes }, (_, at) => (total += calls[outcome]?.[at] ?? 0))
    const labels = `namespace="lilas",callbot="${bot}",outcome="${outcome}",pod="edge-1"`
    return { series: `callbot_edge_calls_total{${labels}}`, values: runsOf([0, ...values]) }
  })
}

/** As promtool writes series: values that don't change for long are one word. */
function runsOf(values: readonly number[]): string {
  const words: string[] = []
  for (let at = 0; at < values.length;) {
    let end = at
    while (values[end + 1] === values[at]) end++
    words.push(end === at ? String(values[at]) : `${values[at]}x${end - at}`)
    at = end + 1
  }
  return words.join(' ')
}

const objective = (bot: string, ratio: number, halfMinutes: number): Series => ({
  series: `callbot_slo_objective_ratio{namespace="lilas",callbot="${bot}",pod="operator-1"}`,
  values: `${ratio}x${halfMinutes}`,
})

/** Numbers that look random and are the same in each run. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

describe('the alerts of the chart', function () {
  this.timeout(120_000)
  let folder: string
  let promtool: string[]

  before(async () => {
    promtool = (await unpackPrometheus()).program('usr/bin/promtool')
    folder = mkdtempSync(join(tmpdir(), 'callbot-alerts-'))
    copyFileSync(RULES, join(folder, 'rules.yaml'))
    // Of simulated days: the group that pages, without those that look at three days.
    const { groups } = parse(readFileSync(RULES, 'utf8')) as { groups: { name: string }[] }
    const paging = { groups: groups.filter(({ name }) => name === 'callbot-calls') }
    writeFileSync(join(folder, 'paging.yaml'), stringify(paging))
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  async function ran(...args: string[]) {
    const [command, ...first] = promtool
    return tryRun(command!, [...first, ...args], { cwd: folder })
  }

  /**
   * Judges the rules with these series.
   * @param pages of each time, in minutes, the bots about which somebody is paged
   */
  async function expectPages(series: readonly Series[], pages: Record<number, readonly string[]>) {
    const queries = Object.entries(pages).map(([minutes, bots]) => ({
      ...{ expr: FIRING, eval_time: `${minutes}m` },
      exp_samples: bots.map((bot) => ({ labels: firing(bot), value: 1 })),
    }))
    await judge({ rules: 'rules.yaml', everySeconds: 30, series, queries })
  }

  async function judge(o: {
    rules: string
    everySeconds: number
    series: readonly Series[]
    queries: readonly object[]
  }) {
    const test = {
      ...{ rule_files: [o.rules], evaluation_interval: `${o.everySeconds}s` },
      tests: [{ interval: '30s', input_series: o.series, promql_expr_test: o.queries }],
    }
    writeFileSync(join(folder, 'test.yaml'), stringify(test, { lineWidth: 0 }))
    const { code, stdout, stderr } = await ran('test', 'rules', 'test.yaml')
    expect(code, `${stdout}${stderr}`.slice(0, 4_000)).to.equal(0)
  }

  it('are rules that Prometheus loads', async () => {
    const { code, stdout, stderr } = await ran('check', 'rules', 'rules.yaml')
    expect(code, `${stdout}${stderr}`).to.equal(0)
  })

  it('page within two minutes when nobody is answered any more, at two calls a minute, and no more once callers are answered', async () => {
    const calls = { bot: [...steady(1, 2 * HOUR), ...steady(0, 10), ...steady(1, HOUR)] }
    const failed = [...steady(0, 2 * HOUR), ...steady(1, 10)]
    for (const outcome of ['turned-away', 'failed', 'late', 'abandoned'] as const) {
      const series = [...seriesOf('a', { ...calls, [outcome]: failed }, 3 * HOUR), objective('a', 0.999, 3 * HOUR)]
      await expectPages(series, { 119: [], 121: [], 122: ['a'], 125: ['a'], 131: [] })
    }
  })

  it('page later, not never, when five calls of a hundred fail', async () => {
    const calls = {
      bot: [...steady(20, 2 * HOUR), ...steady(19, HOUR)],
      failed: [...steady(0, 2 * HOUR), ...steady(1, HOUR)],
    }
    const series = [...seriesOf('a', calls, 3 * HOUR), objective('a', 0.999, 3 * HOUR)]
    await expectPages(series, { 122: [], 130: [], 140: ['a'] })
  })

  it('never page for what callers do themselves: calls that are cancelled or refused', async () => {
    const calls = { bot: steady(1, 3 * HOUR), cancelled: steady(30, 3 * HOUR), refused: steady(30, 3 * HOUR) }
    const series = [...seriesOf('a', calls, 3 * HOUR), objective('a', 0.999, 3 * HOUR)]
    await expectPages(series, { 60: [], 120: [], 179: [] })
  })

  it('page for the first failures of a bot whose counters were there from 0 on, and not for two of them', async () => {
    const failed = (many: number) => [...steady(0, HOUR), ...steady(1, many), ...steady(0, HOUR)]
    const series = [
      ...seriesOf('two', { bot: steady(1, HOUR), 'turned-away': failed(2) }, 2 * HOUR),
      ...seriesOf('three', { bot: steady(1, HOUR), 'turned-away': failed(3) }, 2 * HOUR),
    ]
    await expectPages(series, { 59: [], 62: ['three'] })
  })

  it('go by the objective of each bot, and without an operator by 99.9 percent', async () => {
    const calls = { bot: steady(19, 2 * HOUR), failed: steady(1, 2 * HOUR) }
    const bots = ['strict', 'lax', 'unknown'].flatMap((bot) => seriesOf(bot, calls, 2 * HOUR))
    const series = [...bots, objective('strict', 0.999, 2 * HOUR), objective('lax', 0.99, 2 * HOUR)]
    await expectPages(series, { 110: ['strict', 'unknown'] })
  })

  it('page about a bot with an objective below 93 percent, too, when nobody is answered', async () => {
    const calls = { bot: steady(1, HOUR), failed: [...steady(0, HOUR), ...steady(1, 2 * HOUR)] }
    await expectPages([...seriesOf('a', calls, 3 * HOUR), objective('a', 0.9, 3 * HOUR)], { 70: [], 170: ['a'] })
  })

  it(`never page in ${DAYS} days in which five calls of 10,000 fail, at 20 to 10,000 calls a day; without the three calls they would`, async () => {
    const perDay = { few: 20, some: 200, more: 1_000, many: 10_000 }
    const series = Object.entries(perDay).flatMap(([bot, calls], index) => [
      ...seriesOf(bot, aTime(calls, 0.0005, index + 1), HALF_MINUTES),
      objective(bot, 0.999, HALF_MINUTES),
    ])
    await judge({ rules: 'paging.yaml', everySeconds: 120, series, queries: countedEver(false) })
    const paging = readFileSync(join(folder, 'paging.yaml'), 'utf8')
    writeFileSync(join(folder, 'hasty.yaml'), paging.replace('increase1h > 2.5', 'increase1h > 0'))
    await judge({ rules: 'hasty.yaml', everySeconds: 300, series, queries: countedEver(true) })
  })
})

const FIRING = `ALERTS{alertname="${PAGE}",alertstate="firing"}`
const firing = (bot: string) =>
  `ALERTS{alertname="${PAGE}",alertstate="firing",callbot="${bot}",namespace="lilas",severity="page"}`

/** Whether there was any page in this time. */
const countedEver = (isAny: boolean) => [
  {
    ...{ expr: `count(max_over_time(${FIRING}[${DAYS}d])) > bool 0`, eval_time: `${DAYS}d` },
    exp_samples: isAny ? [{ labels: '{}', value: 1 }] : [],
  },
]

/** Calls of these days, by daylight alone (ten hours), each of which fails with this chance. */
function aTime(perDay: number, chance: number, seed: number): Calls {
  const random = seeded(seed)
  const [bot, failed]: [number[], number[]] = [[], []]
  for (let at = 0; at < HALF_MINUTES; at++) {
    const hour = (at / HOUR) % 24
    const calls = hour >= 8 && hour < 18 ? poisson(perDay / (10 * HOUR), random) : 0
    const lost = Array.from({ length: calls }, random).filter((drawn) => drawn < chance).length
    bot.push(calls - lost)
    failed.push(lost)
  }
  // In few days none may: then the last one does, so that there is something to be paged for.
  const last = bot.findLastIndex((calls) => calls > 0)
  if (!failed.some((calls) => calls > 0)) [bot[last], failed[last]] = [bot[last]! - 1, 1]
  return { bot, failed }
}

/** How many come in a time in which so many come on average (Knuth). */
function poisson(mean: number, random: () => number): number {
  let calls = -1
  for (let product = 1, least = Math.exp(-mean); product > least; calls++) product *= random()
  return calls
}
