/** One run of sweep in a process of its own, which is killed before a step: nothing of it can clean up. */
import { connect } from '../../src/store/postgres/connect.ts'
import { createSweepStore } from '../../src/store/postgres/sweep-store.ts'
import { sweepOnce } from '../../src/sweep/sweep-once.ts'

const { port, identity, options, dieAt } = JSON.parse(process.env['SWEEP'] ?? '{}')
const database = connect({ host: 'localhost', port, database: 'postgres', role: 'callbot_sweep', identity })
const report = await sweepOnce({
  ...options,
  store: createSweepStore({ database }),
  onStep: async (step) => {
    if (step === dieAt) process.kill(process.pid, 'SIGKILL')
  },
})
process.stdout.write(JSON.stringify(report))
await database.close()
