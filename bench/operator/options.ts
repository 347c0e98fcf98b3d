/** What the command line says. */
import { parseArgs } from 'node:util'
import type { Form } from '../../hack/form.ts'
import { isTunedOtherwise } from './tuning.ts'

export const CONTESTANT_NAMES = ['ours', 'go', 'kopf'] as const
export type ContestantName = (typeof CONTESTANT_NAMES)[number]

/** Of the whole benchmark. */
export const SIZES = [1000, 5000]
const WHOLE = { idleSeconds: 600, concurrency: 8, replicas: 2, settleSeconds: 30, together: false }

/** A contestant, and the largest size that it takes part in. */
export type Entry = { name: ContestantName; most: number }

export type Options = {
  /** Numbers of Callbots; one round for each. */
  sizes: number[]
  contestants: Entry[]
  /** Length of the window in which nothing happens. */
  idleSeconds: number
  /** How long a contestant is left alone before its memory counts as settled. */
  settleSeconds: number
  /** Reconciles at a time, the same for every contestant. */
  concurrency: number
  /** Pods of each Callbot. */
  replicas: number
  /** All contestants of a size play at the same time: quick, and what they take means nothing. */
  together: boolean
  /** File for all figures, from the repo's root. A short run leaves those of a long one alone. */
  out: string
  /** Leave logs and data for a look. */
  keep: boolean
  help: boolean
}

export const HELP = `Side by side on this machine: the callbot operator, Go controller-runtime and kopf do the same reconcile.

  node bench/operator/main.ts [--crs 1000,5000] [--idle-seconds 600] [--contestants ours,go,kopf]
                              [--concurrency 8] [--replicas 2] [--short] [--keep]

  --crs           numbers of Callbots, a round for each
  --idle-seconds  window in which nothing happens and every API call counts; 0 leaves it out
  --contestants   any of ${CONTESTANT_NAMES.join(', ')}; kopf:1000 leaves kopf out above 1,000 Callbots
  --concurrency   Callbots reconciled at the same time
  --replicas      pods of each Callbot
  --short         100 Callbots, 20 s idle, all at the same time: proves that the benchmark works, its figures mean nothing
  --keep          leaves logs and data in the folder that is named at the end

The table goes to the terminal, all figures to out/bench-operator.json (--short: out/bench-operator-short.json). \`make figures\` takes
those of a run without options into docs/benchmarks.md.`

/** @throws when an option has no sense, naming it. */
export function parseOptions(argv: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      crs: { type: 'string' },
      'idle-seconds': { type: 'string' },
      contestants: { type: 'string' },
      concurrency: { type: 'string', default: String(WHOLE.concurrency) },
      replicas: { type: 'string', default: String(WHOLE.replicas) },
      short: { type: 'boolean', default: false },
      keep: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  const sizes = list(values.crs ?? (values.short ? '100' : SIZES.join(',')))
  return {
    sizes: sizes.map((text) => whole('--crs', text, 1)),
    contestants: list(values.contestants ?? CONTESTANT_NAMES.join(',')).map(contestant),
    idleSeconds: whole(
      '--idle-seconds',
      values['idle-seconds'] ?? (values.short ? '20' : String(WHOLE.idleSeconds)),
      0,
    ),
    settleSeconds: values.short ? 5 : WHOLE.settleSeconds,
    together: values.short,
    concurrency: whole('--concurrency', values.concurrency, 1),
    replicas: whole('--replicas', values.replicas, 1),
    keep: values.keep,
    out: values.short ? 'out/bench-operator-short.json' : 'out/bench-operator.json',
    help: values.help,
  }
}

/** `whole`: nobody was left out, and nothing changed. */
export function formOf(options: Options): Form {
  if (options.together) return 'short'
  const isWhole =
    !isTunedOtherwise &&
    options.sizes.join() === SIZES.join() &&
    options.contestants.map(({ name }) => name).join() === CONTESTANT_NAMES.join() &&
    options.contestants.every(({ most }) => most === Infinity) &&
    Object.entries(WHOLE).every(([name, value]) => options[name as keyof typeof WHOLE] === value)
  return isWhole ? 'whole' : 'custom'
}

const list = (text: string) => text.split(',').map((part) => part.trim())

function contestant(text: string): Entry {
  const [name, most] = text.split(':')
  const found = CONTESTANT_NAMES.find((known) => known === name)
  if (found === undefined) throw new Error(`--contestants: "${name}" is not one of ${CONTESTANT_NAMES.join(', ')}`)
  return { name: found, most: most === undefined ? Infinity : whole('--contestants', most, 1) }
}

function whole(option: string, text: string, least: number): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < least) {
    throw new Error(`${option}: "${text}" must be a whole number from ${least} up`)
  }
  return value
}
