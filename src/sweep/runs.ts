/** Run after run, and what is known after each of them. */
import { readPolicies, type FiledPolicy } from '../messages/policies.ts'
import { named, ownWords } from '../runtime/log-fields.ts'
import type { Log } from '../runtime/log.ts'
import { describeBug } from '../runtime/redacted-error.ts'
import type { Purge, SweepProblem, SweepState, SweptPolicy } from '../rules/sweep-state.ts'
import { createPolicyFiles, type KnownPolicies } from '../store/policy-files.ts'
import { isRefusal } from '../store/postgres/refusal.ts'
import type { SweepStore } from '../store/postgres/sweep-store.ts'
import type { SweepConfig } from './config.ts'
import { createKeyFiles } from './key-files.ts'
import type { Done } from './report.ts'
import { policyStates, purgesAfter } from './state.ts'
import { sweepOnce, type Step } from './sweep-once.ts'

/** Records are counted at most so often, and at most for a twentieth of the time: with millions a count takes seconds. */
const COUNT_EVERY_MS = 10_000
const COUNT_SHARE = 20

export interface Runs {
  /** One run. @returns whether it went well */
  run(store: SweepStore): Promise<boolean>
  state(): SweepState
}

/** @param monotonic milliseconds */
export function createRuns(config: SweepConfig, log: Log, monotonic: () => number): Runs {
  const files = createPolicyFiles({ folder: config.CALLBOT_POLICIES, parse: readPolicies, log })
  let counts: ReadonlyMap<string, number> | undefined
  let countAgainAt = 0
  let purges: ReadonlyMap<string, Purge> = new Map()
  let swept: readonly SweptPolicy[] = []
  let sweptAt: number | undefined
  let problem: SweepProblem | undefined
  const keyFiles = createKeyFiles(config, log, monotonic)

  async function count(store: SweepStore, { living }: Done): Promise<void> {
    const from = monotonic()
    if (from < countAgainAt) return
    const counted = living.length === 0 ? new Map<string, number>() : await store.count(living.map(({ id }) => id))
    if (!isRefusal(counted)) counts = counted
    countAgainAt = monotonic() + Math.max(COUNT_EVERY_MS, COUNT_SHARE * (monotonic() - from))
  }

  async function sweep(
    store: SweepStore,
    { byNamespace, unread }: KnownPolicies<FiledPolicy>,
  ): Promise<SweepProblem | undefined> {
    const current = [...byNamespace.values()].flat()
    const width = config.CALLBOT_PARTITION_SECONDS * 1_000
    const known = { policies: current, unread, limitOfUnknown: config.CALLBOT_UNKNOWN_LIMIT }
    let done: Done | undefined
    const onDone = (end: Done) => void (done = end)
    const onStep = async (step: Step) => void (step === 'destroy' && keyFiles.touched())
    const how = { ...known, partitionWidth: width, ahead: width, onStep, onDone }
    const report = (await keyFiles.tend(store)) ?? (await sweepOnce({ store, ...how }))
    if (report.kind === 'refused') {
      log.error({ reason: report.reason, because: ownWords(report.because) }, 'a run ended early')
      return report.reason === 'Unavailable' ? 'StoreUnavailable' : 'StoreRefuses'
    }
    const fields = { ...report, fused: report.fused.map(named) }
    if (fields.fused.length > 0)
      log.error(fields, 'the fuse stopped a mass deletion: raise maxDeletionsPerRun if it is meant')
    else if (report.keysDestroyed + report.partitionsDropped + report.partitionsCreated > 0) log.info(fields, 'swept')
    await count(store, done!)
    swept = policyStates({ ...done!, policies: current, counts, purges })
    purges = purgesAfter({ ...done!, purges })
    sweptAt = done!.now
    return undefined
  }

  return {
    async run(store) {
      const isValid = await files.read()
      const known = files.known()
      try {
        problem = known && (await sweep(store, known))
      } catch (error) {
        log.error({ ...describeBug(error) }, 'a run failed')
        problem = 'Bug'
      }
      if (!isValid) problem ??= 'PoliciesInvalid'
      return problem === undefined
    },
    // What is undefined is left out of JSON.
    state: () => ({ sweptAt, problem, keysInFiles: keyFiles.state(), policies: swept }),
  }
}
