/** The benches of voice and speech. */
import type { Results } from '../../bench/voice/report.ts'
import type { Case } from '../../bench/voice/rounds.ts'
import { FLOORS, type Floor } from '../../bench/voice/floor.ts'
import { shareLost, type Voice } from '../calls/voice-judge.ts'
import { define, type Figure, type Proof } from './proof.ts'

const CASES: readonly (readonly [Case, string])[] = [
  ['asterisk', 'Asterisk, plain RTP'],
  ['ours', 'bot pod, plain RTP'],
  ['asterisk-srtp', 'Asterisk, SRTP'],
  ['ours-srtp', 'bot pod, SRTP'],
  ['ours-srtp-vad', 'bot pod, SRTP, in conversation'],
]

const costFigures = CASES.flatMap(([which, title]): [string, Figure<Results>][] => [
  [
    `${which}/cpu`,
    { what: `${title}: of a core a call`, unit: '%', digits: 3, of: ({ cost }) => cost[which]![0]!.cpuPercentPerCall },
  ],
  [
    `${which}/memory`,
    {
      ...{ what: `${title}: memory`, unit: 'MiB', ...(which.startsWith('ours') && { most: 200 }) },
      of: ({ cost }) => cost[which]![0]!.rssMiB,
    },
  ],
])

const floorFigures = (Object.keys(FLOORS) as Floor[]).map((which, index): [string, Figure<Results>] => [
  `floor/${index}`,
  {
    ...{ what: `node:dgram alone, ${which}: of a core a call`, unit: '%', digits: 3 },
    of: ({ floor }) => floor[which]![0]!.cpuPercentPerCall,
  },
])

const ratio = (which: Case, peer: Case, what: string, most: number): Figure<Results> => ({
  ...{ what: `${what}: of a core, beside Asterisk`, unit: 'x', digits: 2, most },
  of: ({ cost }) => cost[which]![0]!.cpuPercentPerCall / cost[peer]![0]!.cpuPercentPerCall,
})

type Setup = Results['setup']['ours'] & object
const setupFigures = (['asterisk-srtp', 'ours-srtp'] as const).flatMap((which): [string, Figure<Results>][] => {
  const title = which === 'ours-srtp' ? 'bot pod' : 'Asterisk'
  const of =
    (read: (setup: Setup[number]) => number) =>
    ({ setup }: Results) =>
      read(setup[which]![0]!)
  return [
    [`${which}/failed`, { what: `${title}: set-ups that failed`, most: 0, of: of(({ failed }) => failed) }],
    [`${which}/p50`, { what: `${title}: INVITE to 200, p50`, unit: 'ms', digits: 1, of: of(({ p50Ms }) => p50Ms) }],
    [`${which}/p95`, { what: `${title}: INVITE to 200, p95`, unit: 'ms', digits: 1, of: of(({ p95Ms }) => p95Ms) }],
  ]
})

const atRound = <Value>(all: Readonly<Record<string, Value[] | undefined>>, index: number) =>
  Object.fromEntries(Object.entries(all).map(([which, rounds = []]) => [which, rounds.slice(index, index + 1)]))

const benchVoice = define<Results>({
  name: 'bench-voice',
  section: 'voice',
  command: 'make bench-voice',
  subject: ['bench/voice', 'src/voice/main.ts'],
  roundsOf: ({ floor, cost, setup, latency, records, ...run }) =>
    latency.map((one, index) => ({
      ...{ ...run, cost: atRound(cost, index), setup: atRound(setup, index), latency: [one] },
      ...{ floor: atRound(floor, index), records: records.slice(index, index + 1) },
    })),
  circumstancesOf: ({ options }) => `${options.calls} calls, ${options.setupCalls} set-ups at 100 a second`,
  figures: {
    ...Object.fromEntries(floorFigures),
    ...Object.fromEntries(costFigures),
    plain: ratio('ours', 'asterisk', 'bot pod, plain RTP', 0.9),
    srtp: ratio('ours-srtp', 'asterisk-srtp', 'bot pod, SRTP', 0.7),
    conversation: ratio('ours-srtp-vad', 'asterisk-srtp', 'bot pod, SRTP, in conversation', 1),
    ...Object.fromEntries(setupFigures),
    setup: {
      ...{ what: 'bot pod: INVITE to 200, p95, beside Asterisk', unit: 'x', digits: 2, most: 1 },
      of: ({ setup }) => setup['ours-srtp']![0]!.p95Ms / setup['asterisk-srtp']![0]!.p95Ms,
    },
    'answer/p50': {
      ...{ what: 'caller stops, bot speaks, p50', unit: 'ms', digits: 1 },
      of: ({ latency }) => latency[0]!.p50Ms,
    },
    'answer/p95': {
      ...{ what: 'caller stops, bot speaks, p95', unit: 'ms', digits: 1, most: 25 },
      of: ({ latency }) => latency[0]!.p95Ms,
    },
    'callers/late': {
      ...{ what: 'how late callers send their packets, p95', unit: 'ms', digits: 1 },
      of: ({ latency }) => latency[0]!.callersP95LateMs,
    },
    kept: {
      ...{ what: 'a whole call whose records are kept: of one of which nothing is', unit: 'x', digits: 2, most: 1.3 },
      of: ({ records }) => records[0]!.kept / records[0]!.notKept,
    },
  },
})

interface HundredCalls extends Voice {
  seconds: number
  failed: number
  turns: number
  worstClockErrorPercent: number
  answerP95Ms: number
  memoryMiB: { early: number; late: number }
}
const hundredCalls = define<HundredCalls>({
  name: 'hundred-calls',
  section: 'voice',
  command: 'make proof-hundred-calls',
  subject: ['test/integration/calls/hundred-calls.test.ts'],
  isComplete: ({ seconds }) => seconds >= 600,
  figures: {
    failed: { what: 'of a hundred calls failed', most: 0, of: ({ failed }) => failed },
    turns: { what: 'turns', of: ({ turns }) => turns },
    due: { what: 'frames of voice due', of: ({ due }) => due },
    lost: {
      ...{ what: 'of them not heard', unit: '%', digits: 4, most: 0.01 },
      of: (run) => 100 * shareLost(run),
    },
    silence: { what: 'without a frame, at most', unit: 'ms', of: ({ longestSilenceMs }) => longestSilenceMs },
    clock: {
      ...{ what: 'error of the frame clock, at most', unit: '%', digits: 4, most: 0.05 },
      of: ({ worstClockErrorPercent }) => worstClockErrorPercent,
    },
    answer: { what: 'INVITE to 200, p95', unit: 'ms', digits: 1, of: ({ answerP95Ms }) => answerP95Ms },
    early: { what: 'memory early', unit: 'MiB', digits: 1, of: ({ memoryMiB }) => memoryMiB.early },
    late: { what: 'memory late', unit: 'MiB', digits: 1, of: ({ memoryMiB }) => memoryMiB.late },
  },
})

interface Speech {
  machine: { cores: number }
  /** When it began. */
  load: number
  heard: { words: number; errors: number; processorTime: number; milliseconds: { p95: number } }
  noises: { withWords: number }
  french: { processorTime: number; firstMilliseconds: { p95: number } }
}
/** Engines that wait for a processor spend time of it, too: a busy machine gives no times. */
const timeOf =
  (read: (run: Speech) => number) =>
  (run: Speech): number | undefined =>
    run.load <= run.machine.cores / 2 ? read(run) : undefined

const benchSpeech = define<Speech>({
  name: 'bench-speech',
  section: 'speech',
  command: 'make bench-speech',
  subject: ['bench/speech', 'hack/speech', 'src/speech/main.ts'],
  circumstancesOf: ({ load }) => `a load of ${load.toFixed(0)} when it began`,
  figures: {
    errors: {
      ...{ what: 'words of free French that were misrecognised', unit: '%', digits: 1 },
      of: ({ heard }) => (100 * heard.errors) / heard.words,
    },
    words: { what: 'of so many', of: ({ heard }) => heard.words },
    noises: {
      what: 'noises, tones, keys and silences in which it recognised words',
      of: ({ noises }) => noises.withWords,
    },
    hearing: {
      ...{ what: 'processor time to recognise a second', unit: 's', digits: 2 },
      of: timeOf(({ heard }) => heard.processorTime),
    },
    heard: {
      ...{ what: 'time to recognise a recording, p95', unit: 'ms' },
      of: timeOf(({ heard }) => heard.milliseconds.p95),
    },
    speaking: {
      ...{ what: 'processor time to synthesise a second of French', unit: 's', digits: 2 },
      of: timeOf(({ french }) => french.processorTime),
    },
    spoken: {
      ...{ what: 'time to synthesise a sentence, p95', unit: 'ms' },
      of: timeOf(({ french }) => french.firstMilliseconds.p95),
    },
  },
})

export const VOICE: readonly Proof[] = [benchVoice, hundredCalls, benchSpeech]
