/**
 * `make bench-voice`: what a call costs (N1), how fast calls are answered (N2) and how soon the bot speaks (N3), side by side with
 * Asterisk 22 and the floor of Node in the same run on the same machine; and what keeping records of calls costs (N4).
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { alawOf, writeAlaw } from '../../hack/calls/audio.ts'
import { join as joinSounds, silence } from '../../hack/calls/sound.ts'
import { ensurePackages } from '../../hack/cluster/packages.ts'
import { say, step } from '../../hack/cluster/progress.ts'
import { writeEvidence } from '../../hack/evidence.ts'
import { vowels } from '../../test/harness/vowels.ts'
import { median, percentile } from './figures.ts'
import { costOfFloor, FLOORS, type Floor } from './floor.ts'
import { costRows, render, type Results } from './report.ts'
import { costOfRecords } from './records.ts'
import { costOfCalls, latency, setup, type Bench, type Case } from './rounds.ts'

const CASES: readonly Case[] = ['asterisk', 'ours', 'asterisk-srtp', 'ours-srtp', 'ours-srtp-vad']
const SETUPS = ['asterisk-srtp', 'ours-srtp'] as const

const { values } = parseArgs({
  options: {
    calls: { type: 'string', default: '150' },
    seconds: { type: 'string', default: '20' },
    rounds: { type: 'string', default: '3' },
    'setup-calls': { type: 'string', default: '1000' },
    short: { type: 'boolean', default: false },
    /** Leaves Asterisk out: no ratio, but half of the time, and nothing to unpack. */
    ours: { type: 'boolean', default: false },
  },
})
const isMeasured = (which: string) => !values.ours || which.startsWith('ours')
const o = values.short
  ? { calls: 30, seconds: 5, rounds: 1, setupCalls: 100, recordCalls: 30 }
  : {
      ...{ calls: Number(values.calls), seconds: Number(values.seconds), rounds: Number(values.rounds) },
      setupCalls: Number(values['setup-calls']),
      recordCalls: 200,
    }
/** What docs/benchmarks.md may take figures from: nothing was left out, and nothing shortened. */
const isWhole = () => !values.ours && o.calls >= 150 && o.seconds >= 20 && o.setupCalls >= 1_000
const PER_SECOND = 100
const TALKERS = 100

function prepare(folder: string): Bench {
  const talk = joinSounds(vowels(8), silence(0.5))
  return {
    folder,
    prompt: alawOf(joinSounds(vowels(20), silence(0.5))),
    talker: writeAlaw(join(folder, 'talker.alaw'), talk),
    patient: writeAlaw(join(folder, 'patient.alaw'), joinSounds(vowels(1.5), silence(3.5))),
  }
}

async function main(folder: string): Promise<void> {
  await ensurePackages()
  const bench = prepare(folder)
  const results: Results = { options: o, floor: {}, cost: {}, setup: {}, latency: [], records: [] }
  for (let round = 1; round <= o.rounds; round++) {
    for (const which of Object.keys(FLOORS) as Floor[]) {
      const cpuPercentPerCall = await step(`floor: ${which}, round ${round}`, () => costOfFloor(which, o))
      ;(results.floor[which] ??= []).push({ cpuPercentPerCall })
      say(`floor, ${which}: ${cpuPercentPerCall.toFixed(3)} % of a core a call`)
    }
    for (const which of CASES.filter(isMeasured)) {
      const measured = await step(`N1 ${which}, round ${round}`, () => costOfCalls(which, bench, round, o))
      ;(results.cost[which] ??= []).push({ cpuPercentPerCall: measured.cpuPercentPerCall, rssMiB: measured.rssMiB })
      say(`${which}: ${measured.cpuPercentPerCall.toFixed(3)} % of a core a call, ${measured.rssMiB.toFixed(0)} MiB`)
    }
    for (const which of SETUPS.filter(isMeasured)) {
      const load = { calls: o.setupCalls, perSecond: PER_SECOND }
      const { answerMs, failed, successful } = await step(`N2 ${which}, round ${round}`, () =>
        setup(which, bench, round, load),
      )
      ;(results.setup[which] ??= []).push({
        successful,
        failed,
        p50Ms: median(answerMs),
        p95Ms: percentile(answerMs, 95),
      })
    }
    const talk = { calls: Math.min(TALKERS, o.calls), seconds: o.seconds }
    results.latency.push(await step(`N3 ours, round ${round}`, () => latency(bench, round, talk)))
    results.records.push(await step(`N4 ours, round ${round}`, () => costOfRecords(bench, round, o.recordCalls)))
  }
  console.log(`\n${render(results)}\n`)
  const form = values.short ? 'short' : isWhole() ? 'whole' : 'custom'
  say(`all figures: ${writeEvidence('bench-voice', { ...results, summary: costRows(results) }, { form })}`)
}

const folder = mkdtempSync(join(tmpdir(), 'callbot-bench-voice-'))
try {
  await main(folder)
} catch (error) {
  console.error(`make bench-voice failed: ${error instanceof Error ? error.message : String(error)}`)
  process.exitCode = 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}
