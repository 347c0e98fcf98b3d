import { expect } from 'chai'
import type { Round } from '../../../../bench/operator/measure.ts'
import { cellsOf, SPEED } from '../../../../bench/operator/measures.ts'
import { peersWork, render, table, type Results } from '../../../../bench/operator/report.ts'

const round = (contestant: string, callbots: number, callbotsPerSecond: number): Round => {
  const calls = { reads: 0, writes: 0, events: 0, watches: 0, lease: 0, failed: 0, by: {} }
  return {
    contestant,
    callbots,
    callbotsPerSecond,
    seconds: callbots / callbotsPerSecond,
    createSeconds: 1,
    readyMilliseconds: { p50: 1000, p95: 2000, p99: 3000, max: 4000 },
    cpuSeconds: callbots / 100,
    serverCpuSeconds: callbots / 20,
    peakRssMiB: 100,
    settledRssMiB: 90,
    settledAnonMiB: 50,
    calls,
    work: { Service: { spec: { port: 5061 } } },
    restart: { seconds: 1, cpuSeconds: 1, peakRssMiB: 90, settledRssMiB: 80, calls },
  }
}

describe("the benchmark's report", () => {
  it('gives the ratio against Go at the same size, and none without Go', () => {
    const rounds = [round('ours', 100, 50), round('go', 100, 40), round('go', 1000, 100), round('ours', 5000, 50)]
    expect(cellsOf(SPEED, rounds[0]!, rounds)[1]).to.equal('1.25x')
    expect(cellsOf(SPEED, rounds[3]!, rounds)[1]).to.equal('-')
  })

  it('gives processor time for each Callbot', () => {
    expect(cellsOf(SPEED, round('ours', 100, 50)).slice(-2)).to.deep.equal(['10.0', '50.0'])
  })

  it('reports a peer that gave up, and shows what it did before', () => {
    const kopf = { ...round('kopf', 5000, 20), restart: undefined }
    const results: Results = {
      at: '2026-01-01T00:00:00.000Z',
      machine: { cpu: 'p', cores: 2, memoryGiB: 24, kernel: 'k', system: 's', node: 'v26' },
      versions: { ours: '1', go: '1', kopf: '1' },
      kubernetes: 'v1',
      options: { concurrency: 8, replicas: 2, idleSeconds: 600, settleSeconds: 30 },
      rounds: [round('ours', 5000, 30), kopf],
      gaveUp: [{ contestant: 'kopf', callbots: 5000, during: 'cold restart' }],
      idle: [],
    }
    const text = render(results)
    expect(text).to.include('kopf at 5000 gave up in its cold restart.')
    const restarts = text
      .slice(text.indexOf('**Cold restart**'))
      .split('\n')
      .filter((line) => line.startsWith('|'))
    expect(restarts.filter((line) => line.includes('kopf'))).to.deep.equal([])
    expect(text.slice(0, text.indexOf('**Cold restart**'))).to.match(/5000 . +kopf/)
  })

  it('says in which fields a peer made something else than ours', () => {
    const other = { ...round('kopf', 100, 40), work: { Service: { spec: { port: 5060 } } } }
    const told = peersWork([round('ours', 100, 50), round('go', 100, 40), other])
    expect(told).to.include('go: the same; kopf: they differ in Service.spec.port.')
  })

  it('draws tables that are valid Markdown and aligned for a terminal', () => {
    expect(table(['a', 'bb'], [['10', 'x']])).to.equal('|  a | bb |\n|---:|---:|\n| 10 |  x |')
  })
})
