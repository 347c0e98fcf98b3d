// @stage data  @programs operator records store-server sweep voice  @seconds 150
// @guard test/integration/store/no-sql-for-tenants.test.ts
// @guard test/integration/store/keys-are-gone.test.ts
// @guard test/integration/operator/policies-of-a-neighbour.test.ts
import { expect } from 'chai'
import { figureRows, printFigures, writeEvidence } from '../../hack/evidence.ts'
import { BRIEF_SECONDS, useDataStage } from '../harness/data-stage.ts'
import { eventually } from '../harness/eventually.ts'
import { extent } from '../harness/extent.ts'
import { moveIn } from '../harness/hostile-tenant.ts'
import { floodStore } from '../harness/store-flood.ts'
import * as zones from '../harness/three-zones.ts'

const POLICIES = extent('POLICIES', { short: 41, whole: 100 })
const CALLS = extent('CALLS', { short: 3, whole: 12 })
const FLOOD = { clients: 30, silent: 500, seconds: extent('FLOOD_SECONDS', { short: 90, whole: 300 }) }
/** From the end of a call until its records can be read, and from their expiry until their key is destroyed. */
const GOAL = { storedSeconds: 30, destroyedSeconds: 60 }

describe('a tenant who asks the store without end, beside one whose records expire', function () {
  this.timeout(900_000)
  const stage = useDataStage()
  const figures: Record<string, Record<string, number>> = { 'beside it': {} }
  let hostile: Awaited<ReturnType<typeof moveIn>> | undefined
  let flooding: ReturnType<typeof floodStore> | undefined

  before(async () => {
    const nothing = { integrations: 0, callbots: 0, drills: 0, numbers: [], port: 0 }
    hostile = await moveIn({ ...nothing, policies: POLICIES })
    const ready = ['--for=condition=Ready', '--timeout=10s']
    await eventually(() => zones.kube('wait', 'pod/callbot-records-0', '-n', hostile!.namespace, ...ready), 180)
    flooding = floodStore(hostile.namespace, FLOOD)
    flooding.catch(() => undefined) // reported by the test that waits for it
  })
  after(async () => {
    await hostile?.moveOut()
    writeEvidence('a-tenant-harms-only-itself-in-the-store', figures)
    printFigures('beside a tenant who asks the store without end', figureRows(figures))
  })

  it('delays no record of its neighbour, and no key that has to go', async () => {
    const { callers, numbers, readable, keys } = stage()
    const before = new Set(await readable('brief'))
    for (let call = 0; call < CALLS; call++) await (await callers.dial(numbers.brief)).outcome
    const ended = performance.now()
    await eventually(async () => {
      const fresh = (await readable('brief')).filter((each) => !before.has(each))
      expect(fresh.length).to.be.greaterThan(0)
    }, GOAL.storedSeconds)
    figures['beside it']!['records can be read after, s'] = (performance.now() - ended) / 1_000
    await eventually(async () => expect(await keys('brief')).to.equal(0), BRIEF_SECONDS + GOAL.destroyedSeconds)
    figures['beside it']!['no key is left after, s'] = (performance.now() - ended) / 1_000
  })

  it('has as much done as it may have at a time, and is refused the rest', async () => {
    const answers = await flooding!
    Object.assign(
      figures['beside it']!,
      Object.fromEntries(Object.entries(answers).map(([status, n]) => [`answers ${status}`, n])),
    )
    expect(answers['200'], JSON.stringify(answers)).to.be.greaterThan(0)
    expect(answers['429'], JSON.stringify(answers)).to.be.greaterThan(0)
  })

  it('leaves the policies of its neighbour as they are: a stricter one is known at once', async () => {
    await stage().change('month', { maxDeletionsPerRun: 99_999 })
    await eventually(async () => {
      const { metadata } = await stage().policyOf('month')
      expect((await stage().condition('month'))?.observedGeneration).to.equal(metadata.generation)
      expect(await stage().condition('month')).to.include({ status: 'True' })
    }, 120)
  })
})
