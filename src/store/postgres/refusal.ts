/** What a database that fails or refuses looks like to its callers. Texts have codes and no values: errors of PostgreSQL quote rows. */
import { refused, type StoreRefusal } from '../../messages/store/refusal.ts'

export { isRefusal, type StoreRefusal } from '../../messages/store/refusal.ts'

/** Connection exceptions, too few resources, an operator's intervention (57014: the statement took too long). */
const UNAVAILABLE = /^(08|53|57)/

/** @throws what is no failure of the database but a bug */
export async function attempt<T>(work: () => Promise<T>): Promise<T | StoreRefusal> {
  try {
    return await work()
  } catch (error) {
    return classify(error)
  }
}

function classify(error: unknown): StoreRefusal {
  if (!(error instanceof Error) || error instanceof TypeError || error instanceof RangeError) throw error
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined
  if (code === undefined || !/^[0-9A-Z]{5}$/.test(code)) {
    return refused(
      'Unavailable',
      `the database can't be reached (${code ?? 'connection lost or too slow'}): check that it runs, its address and its certificate`,
    )
  }
  if (UNAVAILABLE.test(code))
    return refused('Unavailable', `the database did not do it (SQLSTATE ${code}): check its load, disk and limits`)
  if (code === '42501')
    return refused('Denied', 'the role of the database may not do this, or the row has expired (SQLSTATE 42501)')
  if (code.startsWith('28')) {
    return refused(
      'Denied',
      `the database does not let the role in (SQLSTATE ${code}): check that its certificate names it, and that the database has it. Roles and tables of an empty database are made when the pod of callbot-sweep starts: delete it`,
    )
  }
  if (code === '23514' && /^no partition of relation/.test(error.message)) {
    return refused(
      'NoPartition',
      'there is no partition for this class and expiry: check that sweep runs and knows the policy',
    )
  }
  if (code === '23503')
    return refused('Needed', 'a generation of root keys was retired meanwhile, or is in use (SQLSTATE 23503)')
  if (/^2[23]/.test(code)) return refused('Invalid', `the database takes no such row (SQLSTATE ${code})`)
  return refused('Rejected', `the database refused it (SQLSTATE ${code})`)
}
