// @tier proof  @programs edge  @alone
// @guard test/integration/edge/trunks-fail-and-come-back.test.ts
import { expect } from 'chai'
import { aTrunkGroup } from '../../harness/builders-trunks.ts'
import { startBotCaller, type BotCaller } from '../../harness/bot-caller.ts'
import { startSippTrunk, type SippTrunk, type SippTrunkOptions } from '../../harness/sipp-trunk.ts'
import { aHelpedRoute, BOT, loopback, PATIENT, setStage, type Stage } from './stage.ts'

const [main, spare] = [loopback(13, 41), loopback(13, 42)]
const CALLS = 100
const EVERY_MS = 40

/** How a primary fails, and within how many milliseconds (p99) the backup has to answer. Number N4 of the benchmarks. */
const WAYS: {
  what: string
  p99: number
  acts: SippTrunkOptions['acts']
  transport: 'UDP' | 'TCP'
  fail?: (t: SippTrunk) => unknown
}[] = [
  { what: 'silent', p99: 2_000, acts: [180, 200], transport: 'UDP', fail: (trunk) => trunk.signal('SIGSTOP') },
  { what: 'silent, TCP', p99: 2_000, acts: [180, 200], transport: 'TCP', fail: (trunk) => trunk.signal('SIGSTOP') },
  { what: 'refuses', p99: 300, acts: [180, 200], transport: 'TCP', fail: (trunk) => trunk.stop() },
  { what: '503', p99: 300, acts: [503], transport: 'UDP' },
]

describe('a bot that calls out while the primary fails', function () {
  this.timeout(120_000)
  let stage: Stage
  let bot: BotCaller
  let epoch = 1
  const table: string[] = []

  before(async () => {
    stage = await setStage(13, { values: [PATIENT] })
    bot = await startBotCaller(stage.rig, BOT, loopback(13, 11))
  })
  after(async () => {
    bot?.close()
    await stage?.stop()
    console.log(['', '    primary        calls  lost  rung twice  p50 ms  p99 ms', ...table].join('\n'))
  })

  for (const { what, p99, acts, transport, fail } of WAYS) {
    it(`gets the backup: ${what}`, async () => {
      const bounds = { maxCalls: 100_000, callsPerSecond: 10_000 }
      const group = aTrunkGroup(
        [
          { host: main, transport, ...bounds },
          { host: spare, ...bounds },
        ],
        {
          ...{ epoch: ++epoch, perTryMilliseconds: 700 },
        },
      )
      await stage.rig.publish({ ...stage.seen(aHelpedRoute()), trunks: [group] })
      const primary = await startSippTrunk({ address: main, acts, transport })
      const backup = await startSippTrunk({ address: spare, acts: [180, 200] })
      await stage.untilTrunk(main, 'Up')
      await stage.untilTrunk(spare, 'Up')
      await fail?.(primary)
      const answers = []
      for (let call = 0; call < CALLS; call++) {
        answers.push(bot.call('+33144444444').final())
        await new Promise((resolve) => setTimeout(resolve, EVERY_MS))
      }
      const heard = await Promise.all(answers)
      const times = heard.map(({ atMs }) => Math.round(atMs)).sort((a, b) => a - b)
      const lost = heard.filter(({ status }) => status !== 200).length
      const rung = backup.rung()
      const twice = rung.length - new Set(rung).size
      const at = (share: number) => times[Math.ceil(times.length * share) - 1]!
      const cells = [CALLS, lost, twice, at(0.5), at(0.99)].map((value, index) =>
        String(value).padStart([6, 6, 12, 8, 8][index]!),
      )
      table.push(`    ${what.padEnd(14)}${cells.join('')}`)
      await Promise.all([primary.stop().catch(() => {}), backup.stop()])
      expect(lost).to.equal(0)
      expect(twice).to.equal(0)
      expect(at(0.99)).to.be.lessThan(p99)
    })
  }
})
