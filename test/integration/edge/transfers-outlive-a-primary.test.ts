// @seconds 30
import { expect } from 'chai'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runSipp } from '../../../hack/calls/sipp.ts'
import { aTrunkGroup } from '../../harness/builders-trunks.ts'
import { eventually } from '../../harness/eventually.ts'
import { startSippTrunk, type SippTrunk, type SippTrunkOptions } from '../../harness/sipp-trunk.ts'
import { publishBot, startBotPod, toDesk, type BotPod } from './bot-stage.ts'
import { aRoute, loopback, NUMBER, PATIENT, setStage, type Stage } from './stage.ts'

const NET = 18
const [main, spare] = [loopback(NET, 41), loopback(NET, 42)]
const PROBE = { intervalSeconds: 1, timeoutMilliseconds: 1000, downAfter: 2, upAfter: 2 }
/** Transfers in each part; TRANSFERS=170 makes a thousand of the six. */
const CALLS = Number(process.env['TRANSFERS'] ?? 25)
/** Rings, answers, talks for a second, hangs up. */
const WELL: SippTrunkOptions['acts'] = [180, { wait: 200 }, 200, { wait: 1_000 }, 'bye']

/** Callers by SIPp through a real edge and a real pod, counted by those who call and by those who are called. */
describe('transfers, while the primary trunk fails', function () {
  this.timeout(90_000 + CALLS * 6_000)
  let stage: Stage
  let pod: BotPod
  let folder: string
  let primary: SippTrunk
  let backup: SippTrunk
  let run = 0

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'callbot-transfers-'))
    stage = await setStage(NET, { values: [PATIENT] })
    const trunk = { srtp: 'Disabled', callsPerSecond: 1_000, maxCalls: 1_000 } as const
    await publishBot(
      stage,
      aTrunkGroup(
        [
          { host: main, ...trunk },
          { host: spare, ...trunk },
        ],
        { probe: PROBE, perTryMilliseconds: 700 },
      ),
      new Map(),
      { ...aRoute(), integrations: ['standard'] },
    )
    pod = await startBotPod(stage, {
      ...{ media: ['Disabled'], steps: toDesk, places: 60 },
      callers: { sipTransport: 'Any', srtp: 'Disabled', codecs: ['PCMU', 'PCMA'] },
    })
    backup = await startSippTrunk({ address: spare, acts: WELL })
    await stage.untilTrunk(spare, 'Up')
  })
  after(async () => {
    await Promise.all([primary?.stop(), backup?.stop()])
    await pod?.stop()
    await stage?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  async function replacePrimary(acts: SippTrunkOptions['acts']): Promise<void> {
    await primary?.stop()
    primary = await startSippTrunk({ address: main, acts })
    await stage.untilTrunk(main, 'Up', 15)
  }
  /** Whatever is rung is logged; what the primary was asked before it was replaced is no part of it. */
  async function transfer(): Promise<{ byPrimary: string[]; byBackup: string[] }> {
    const before = { primary: primary.rung().length, backup: backup.rung().length, ended: pod.ended.length }
    const result = await runSipp({
      ...{
        folder: join(folder, `run-${run++}`),
        target: `${stage.rig.address}:5060`,
        transport: 'udp',
        number: NUMBER,
      },
      ...{ address: loopback(NET, 3), calls: CALLS, concurrent: 40, perSecond: 10, srtp: false },
      ends: { by: 'Bot', withinMs: 20_000 },
    })
    expect(result, result.errors).to.include({ exitCode: 0, successful: CALLS, failed: 0 })
    const over = new Date().toISOString()
    // A pod waits for the answer to its BYE for as long as timer F says (RFC 3261 section 17.1.2.2).
    await eventually(() => {
      const outcomes = pod.ended.slice(before.ended)
      expect(outcomes, `how the pod reports them, after ${over}: ${pod.log.slice(-12).join('\n')}`).to.deep.equal(
        Array(CALLS).fill('transferred bridge'),
      )
    }, 40)
    return {
      byPrimary: primary.rung().slice(before.primary),
      byBackup: backup.rung().slice(before.backup),
    }
  }
  const expectOnce = (calls: string[]) => {
    expect(calls).to.have.length(CALLS)
    expect(new Set(calls).size, 'nobody is rung twice').to.equal(CALLS)
  }

  it('all reach the primary while it is well', async () => {
    await replacePrimary(WELL)
    const { byPrimary, byBackup } = await transfer()
    expectOnce(byPrimary)
    expect(byBackup).to.deep.equal([])
  })

  it('all reach the backup, each once, while the primary says 503', async () => {
    await replacePrimary([100, 503])
    expectOnce((await transfer()).byBackup)
  })

  it('all reach the backup, each once, while the primary is silent', async () => {
    await replacePrimary(WELL)
    primary.signal('SIGSTOP')
    expectOnce((await transfer()).byBackup)
    primary.signal('SIGKILL')
  })

  it('all reach the backup, each once, while the primary takes its time', async () => {
    await replacePrimary([{ wait: 1_500 }, ...WELL])
    expectOnce((await transfer()).byBackup)
  })

  it('all reach the backup, each once, while the primary is gone', async () => {
    await replacePrimary(WELL)
    await primary.stop()
    primary = { ...primary, rung: () => [] }
    expectOnce((await transfer()).byBackup)
  })

  it('all reach the primary again when it is back', async () => {
    await replacePrimary(WELL)
    const { byPrimary, byBackup } = await transfer()
    expectOnce(byPrimary)
    expect(byBackup).to.deep.equal([])
  })
})
