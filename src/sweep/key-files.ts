/** Destroyed keys leave the files of the database within the promised time, and nobody's transaction keeps them there. */
import { howToClear, type KeyFiles } from '../rules/retention/key-files.ts'
import type { KeyFilesState } from '../rules/sweep-state.ts'
import { ownWords } from '../runtime/log-fields.ts'
import type { Log } from '../runtime/log.ts'
import { isRefusal, type StoreRefusal } from '../store/postgres/refusal.ts'
import type { SweepStore } from '../store/postgres/sweep-store.ts'
import type { SweepConfig } from './config.ts'

/** As a last resort, whoever has had a transaction open for five seconds is ended, so a lock comes within six. */
const LAST_RESORT = { transactionSeconds: 5, lockMs: 8_000 }
const LOCK_MS = 2_000

export interface KeyFilesKeeper {
  /** Keys are being destroyed. */
  touched(): void
  /**
   * Before the keys of a run are destroyed: those of earlier runs are old enough that nobody should see them.
   * @returns that the database does not answer: nothing more is to be asked of it now
   */
  tend(store: Pick<SweepStore, 'clearKeyFiles' | 'endTransactions'>): Promise<StoreRefusal | undefined>
  state(): KeyFilesState | undefined
}

type Times = Pick<SweepConfig, 'CALLBOT_FILES_SECONDS' | 'CALLBOT_TRANSACTION_SECONDS'>

/** @param monotonic milliseconds */
export function createKeyFiles(times: Times, log: Log, monotonic: () => number): KeyFilesKeeper {
  const every = times.CALLBOT_FILES_SECONDS * 1_000
  const transactionSeconds = times.CALLBOT_TRANSACTION_SECONDS
  // A run that was interrupted may have destroyed some.
  let files: KeyFiles = { since: monotonic(), triedAt: undefined, isClear: false }
  let because: KeyFilesState['because']

  async function clear(store: Parameters<KeyFilesKeeper['tend']>[0], isLast: boolean): Promise<void> {
    const triedAt = monotonic()
    const { since } = files
    const rest = await store.clearKeyFiles(isLast ? LAST_RESORT : { transactionSeconds, lockMs: LOCK_MS })
    const isClear = rest === undefined
    const before = because
    because = isClear ? undefined : isRefusal(rest) ? 'Refused' : rest
    files = { since: isClear ? undefined : since, triedAt, isClear }
    if (because === before) return
    if (isClear) log.info({}, 'destroyed keys are in no file of the database')
    else log.warn({ because, ...wordsOf(rest) }, 'destroyed keys may still be in files of the database: trying again')
  }

  return {
    touched: () => void (files = { ...files, since: files.since ?? monotonic() }),
    async tend(store) {
      const ended = await store.endTransactions(transactionSeconds)
      if (isRefusal(ended)) return ended.reason === 'Unavailable' ? ended : undefined
      if (ended > 0)
        log.warn(
          { ended, seconds: transactionSeconds },
          'ended transactions of the program store that were open for too long',
        )
      const how = howToClear(files, monotonic(), every)
      if (how !== 'Not') await clear(store, how === 'Last')
      return undefined
    },
    state() {
      if (files.since === undefined) return undefined
      const seconds = Math.max(0, Math.floor((monotonic() - files.since) / 1_000))
      return { seconds, ...(because && { because }) }
    },
  }
}

const wordsOf = (rest: StoreRefusal | unknown) => (isRefusal(rest) ? { refusal: ownWords(rest.because) } : {})
