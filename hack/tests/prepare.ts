/** What tests fetch once: before they begin, so that no test waits for it within its own time. */
import { unpackAsterisk, unpackKamailio, unpackPostgres, unpackPrometheus, unpackSipp } from '../calls/debian.ts'
import { fetchRecordings } from '../speech/recordings.ts'

/** Nothing to do where all of it is in the cache. @throws Error when Debian's mirror can't be reached */
export async function prepare(): Promise<void> {
  await unpackSipp()
  await unpackKamailio()
  await unpackAsterisk()
  await unpackPostgres()
  await unpackPrometheus()
  await fetchRecordings()
}
