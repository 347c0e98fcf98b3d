import { expect } from 'chai'
import type { Round } from '../../../../bench/operator/measure.ts'
import type { Results } from '../../../../bench/operator/report.ts'
import { machine, type Evidence } from '../../../../hack/evidence.ts'
import { merge } from '../../../../hack/figures/keep.ts'
import { MUTANTS } from '../../../../hack/figures/mutants.ts'
import { OPERATOR, operatorTables } from '../../../../hack/figures/operator.ts'
import { quoteOf } from '../../../../hack/figures/sections.ts'
import { VOICE } from '../../../../hack/figures/voice.ts'

const calls = { reads: 0, writes: 8_000, events: 0, watches: 9, lease: 100, failed: 0, by: {} }

function round(contestant: string, callbotsPerSecond: number, settledRssMiB: number): Round {
  const restart = { seconds: 2, cpuSeconds: 1, peakRssMiB: 90, settledRssMiB: 80, calls }
  return {
    ...{
      contestant,
      callbots: 1000,
      callbotsPerSecond,
      seconds: 30,
      createSeconds: 20,
      cpuSeconds: 10,
      restart,
      calls,
    },
    ...{ readyMilliseconds: { p50: 1000, p95: 2000, p99: 3000, max: 4000 }, serverCpuSeconds: 46, work: {} },
    ...{ peakRssMiB: 130, settledRssMiB, settledAnonMiB: 50 },
  }
}

function run(day: number, ours: Round): Evidence & Results {
  const commit = { id: 'a'.repeat(40), isClean: true }
  const idle = { contestant: 'ours', callbots: 1000, seconds: 600, cpuSeconds: 2.6, rssMiB: 100, calls }
  return {
    ...{ name: 'bench-operator', at: `2026-01-0${day}T00:00:00.000Z`, form: 'whole', commit, machine: machine() },
    ...{ versions: { ours: '1', go: '2, GOGC=50', kopf: '3' }, kubernetes: 'v1', gaveUp: [] },
    ...{ options: { concurrency: 8, replicas: 2, idleSeconds: 600, settleSeconds: 30 } },
    ...{ rounds: [ours, round('go', 30, 85)], idle: [idle, { ...idle, contestant: 'go', cpuSeconds: 0.9 }] },
  }
}

describe('the figures of the operator benchmark', () => {
  const kept = merge(undefined, OPERATOR, [
    run(1, round('ours', 31, 100)),
    run(2, round('ours', 35, 104)),
    run(3, round('ours', 33, 103)),
  ])
  const text = operatorTables(kept).join('\n')

  it('show each contestant at each size with the spread of the rounds', () => {
    const row = text
      .split('\n')
      .find((line) => line.startsWith('| 1000 | ours | 33.0 (31.0 to 35.0) | 1.10x (1.03 to 1.17) |'))
    expect(row).to.match(/\| 3 \|$/)
    expect(text).not.to.include('| 5000 |')
  })

  it('say where ours is worse than Go, and nothing of where it is not', () => {
    const worse = text.slice(text.indexOf('**Where ours is worse than Go**'))
    expect(worse).to.include('- Cost, 1000 Callbots, settled MiB: ours 103, Go 85')
    expect(worse).to.include('- Idle, 1000 Callbots, CPU s: ours 2.6, Go 0.9')
    expect(worse).not.to.include('CRs/s')
  })

  it('are quoted with their unit', () => {
    const shelf = new Map([['bench-operator', kept]])
    expect(quoteOf('bench-operator', 'cost/1000/ours/settled-MiB', shelf)).to.equal('103 MiB')
    expect(quoteOf('bench-operator', 'speed/1000/ours/of-Go', shelf)).to.equal('1.10x')
  })

  it('name what the peers ran with', () => {
    expect(kept.rounds[0]!.circumstances).to.include('go: controller-runtime 2, GOGC=50.')
  })
})

describe('the figures of the voice benchmark', () => {
  it('are three rounds when one run has measured three', () => {
    const [bench] = VOICE
    const cost = [0.15, 0.16, 0.17].map((cpuPercentPerCall) => ({ cpuPercentPerCall, rssMiB: 170 }))
    const setup = [1, 2, 3].map((p50Ms) => ({ successful: 1_000, failed: 0, p50Ms, p95Ms: 5 }))
    const latency = [29, 30, 31].map((p50Ms) => ({ turns: 400, p50Ms, p95Ms: 32, engineP50Ms: 0, callersP95LateMs: 9 }))
    const results = {
      ...{ options: { calls: 150, seconds: 20, rounds: 3, setupCalls: 1_000 }, latency },
      ...{ cost: { ours: cost, asterisk: cost.map((one) => ({ ...one, cpuPercentPerCall: 0.2 })) } },
      setup: { 'ours-srtp': setup },
      floor: { 'a socket a call': [0.07, 0.08, 0.09].map((cpuPercentPerCall) => ({ cpuPercentPerCall })) },
      records: [1.1, 1.2, 1.3].map((kept) => ({ kept, notKept: 1 })),
    }
    const { rounds } = merge(undefined, bench!, [{ ...run(1, round('ours', 1, 1)), ...results } as never])
    expect(rounds.map(({ figures }) => figures['answer/p50'])).to.deep.equal([29, 30, 31])
    expect(rounds.map(({ figures }) => figures['plain'])).to.deep.equal([0.75, 0.8, 0.85])
    expect(rounds.map(({ figures }) => figures['ours-srtp/p50'])).to.deep.equal([1, 2, 3])
    expect(rounds.map(({ figures }) => figures['floor/0'])).to.deep.equal([0.07, 0.08, 0.09])
    expect(rounds.map(({ figures }) => figures['kept'])).to.deep.equal([1.1, 1.2, 1.3])
    expect(Object.keys(rounds[0]!.figures)).not.to.include('srtp')
  })
})

describe('the figures of the mutants', () => {
  it('are how many were noticed, and which part of the goal was missed', () => {
    const fates = ['killed', 'alive', 'killed', 'hangs', 'no test'].map((fate) => ({ fate }))
    const of = { possible: 900, promises: 2, unexplained: 1, outcomes: fates }
    const commit = { id: 'a'.repeat(40), isClean: true }
    const run = {
      name: 'mutants',
      at: '2026-01-01T00:00:00.000Z',
      form: 'whole',
      commit,
      machine: machine(),
      ...of,
    } as Evidence
    expect(merge(undefined, MUTANTS, [run]).rounds[0]!.figures).to.deep.equal({
      ...{ mutants: 5, possible: 900, noticed: 60, hangs: 1, promises: 1, unexplained: 1 },
    })
  })
})
