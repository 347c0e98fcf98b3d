import type { PlayTests } from './rules/flow/test-results.ts'

/** What runs in pods. */
export interface Program {
  readonly description: string
  /** Starts it. That of a bot pod resolves when it has drained; the others have begun then, and live on by what they opened. */
  run(): Promise<void>
}

/** Who applies a bot sees its failing tests: played as pods play them, by an engine that comes with the first of them. */
const playTests: PlayTests = async (o) =>
  o.bot.tests.length === 0
    ? { failed: [], unplayed: 0 }
    : (await import('./voice/flow/test-thread.ts')).playTestsInThread(o)

/** One image, several programs. Each is imported only when it is asked for: a bot pod carries nothing of the operator in its memory. */
export const PROGRAMS: Readonly<Record<string, Program>> = {
  operator: {
    description: 'watch Callbots and make the cluster as they say (runs in the chart, two replicas)',
    run: async () => (await import('./operator/main.ts')).run(process.env, playTests),
  },
  voice: {
    description: 'answer calls: the program of a bot pod',
    run: async () => (await import('./voice/main.ts')).run([], process.env),
  },
  speech: {
    description: 'hear and speak for bots: the embedded speech server, OpenAI-compatible',
    run: async () => (await import('./speech/main.ts')).run(process.env),
  },
  'edge-agent': {
    description: 'keep the SIP proxy beside it in step with routes and pods (runs in the chart, in every zone)',
    run: async () => (await import('./edge/main.ts')).run(process.env),
  },
  'media-guard': {
    description:
      'judge session descriptions between the SIP proxy and the media relay of an edge (runs in the chart, beside them)',
    run: async () => (await import('./edge/media-guard/main.ts')).run(process.env),
  },
  migrate: {
    description: 'bring the database of call records to the tables of this version, and end',
    run: async () => (await import('./sweep/migrate.ts')).run(process.env),
  },
  records: {
    description: 'seal the records of a namespace\u2019s calls and store them (runs in the namespace of their bots)',
    run: async () => (await import('./records/main.ts')).run(process.env),
  },
  store: {
    description:
      'store the sealed records of all namespaces: the one program that speaks SQL for them (runs in the chart)',
    run: async () => (await import('./store-server/main.ts')).run(process.env),
  },
  sweep: {
    description: 'destroy the keys of expired call records, and drop their partitions (runs in the chart)',
    run: async () => (await import('./sweep/main.ts')).run(process.env),
  },
}
