// @seconds 6
import { fuzzTables } from '../../fuzz/tables.ts'
import { extent } from '../../harness/extent.ts'
import { loopback } from '../../harness/loopback.ts'

const WORLDS = extent('TABLES_WORLDS', { short: 30, whole: 1_000 })

describe('tables of tenants with odd, large and valid objects', () => {
  it('are loaded whole by the proxy, which runs what was written', async () => {
    await fuzzTables({ worlds: WORLDS, seed: Date.now() >>> 0, address: loopback(61, 1) })
  }).timeout(1_200_000)
})
