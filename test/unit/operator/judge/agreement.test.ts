import { expect } from 'chai'
import fc from 'fast-check'
import { judgeVolumes, VOLUME_PATIENCE_SECONDS } from '../../../../src/operator/judge/volumes.ts'
import { planCallbot } from '../../../../src/operator/plan/callbot.ts'
import { reportCallbot } from '../../../../src/operator/report/callbot.ts'
import type { World } from '../../../../src/operator/world/callbot.ts'
import { aPod, aWorld, cycle, DAY, NOON } from '../../../harness/builders.ts'
import { anyWorld } from '../random-worlds.ts'

const doneBy = (world: World) => planCallbot(world).steps.map((step) => step.do)
const reasonsOf = (world: World) =>
  reportCallbot(world, world.bot!, { routeEpoch: world.route?.epoch, failures: [] }).conditions!.map(
    ({ reason }) => reason,
  )

describe('the plan and the status of a Callbot rest on one judgement', () => {
  it('so whatever the status calls a certificate that expires, the plan replaces, unless it waits for the CA', () => {
    const settled = cycle(aWorld().world).world
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 60 }), fc.boolean(), (days, hasAuthority) => {
        const authority = hasAuthority ? settled.authority : undefined
        const world = { ...settled, authority, now: NOON + days * DAY }
        if (!reasonsOf(world).includes('CertificateExpiring')) return
        const { waitingFor } = planCallbot(world)
        expect(hasAuthority ? doneBy(world) : waitingFor).to.include(
          hasAuthority ? 'issueCertificate' : "the operator's CA",
        )
      }),
    )
    expect(reasonsOf({ ...settled, now: NOON + 29 * DAY })).to.include('CertificateExpiring')
  })

  it('so the numbers of the status are those that the plan publishes', () => {
    fc.assert(
      fc.property(anyWorld, (world) => {
        if (world.bot === undefined) return
        const published = planCallbot(world).steps.find((step) => step.do === 'publishRoute')
        if (published === undefined) return
        const { numbers } = reportCallbot(world, world.bot, { routeEpoch: undefined, failures: [] })
        const { route } = published.manifest['data'] as { route: string }
        expect((JSON.parse(route) as { numbers: string[] }).numbers).to.have.members(numbers!)
      }),
    )
  })
})

describe('a pod that waits for its volumes', () => {
  const patience = VOLUME_PATIENCE_SECONDS * 1000
  const waitingFor = (milliseconds: number) =>
    judgeVolumes(aWorld().with({ pods: [aPod('zone-a', { waitingForVolumesSince: NOON - milliseconds })] }).world)

  it('lacks ours first, and what the user should have created after that', () => {
    const of = (milliseconds: number) => {
      const { oursMissing, usersMissing } = waitingFor(milliseconds)
      return { oursMissing, usersMissing }
    }
    expect(of(patience)).to.deep.equal({ oursMissing: false, usersMissing: false })
    expect(of(patience + 1)).to.deep.equal({ oursMissing: true, usersMissing: false })
    expect(of(2 * patience + 1)).to.deep.equal({ oursMissing: true, usersMissing: true })
  })

  it('is judged otherwise at no moment but the deadlines', () => {
    fc.assert(
      fc.property(fc.nat(3 * patience), fc.nat(3 * patience), (waited, longer) => {
        const [before, after] = [waitingFor(waited), waitingFor(waited + longer)]
        const passed = before.deadlines.some((at) => at > NOON && at <= NOON + longer)
        if (passed) return
        expect(after.oursMissing).to.equal(before.oursMissing)
        expect(after.usersMissing).to.equal(before.usersMissing)
      }),
    )
  })
})
