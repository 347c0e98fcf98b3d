import { expect } from 'chai'
import fc from 'fast-check'
import { ownNumbers } from '../../../../src/operator/judge/numbers.ts'
import { planCallbot } from '../../../../src/operator/plan/callbot.ts'
import type { Step } from '../../../../src/operator/steps/callbot.ts'
import { aBot, aPod, aSpec, aWorld, cycle, DAY, NOON, SECOND } from '../../../harness/builders.ts'
import { anyWorld } from '../random-worlds.ts'

const kindsOf = (steps: Step[]) => steps.map((step) => ('manifest' in step ? step.manifest.kind : step.do))
const published = (steps: Step[]) => steps.find((step) => step.do === 'publishRoute')!

describe('the plan for a Callbot', () => {
  it('makes everything of a bot that is new', () => {
    const { steps, waitingFor } = planCallbot(aWorld().world)
    const expected = [
      'issueCertificate',
      'writeConfiguration',
      'Deployment',
      'Service',
      'PodDisruptionBudget',
      'NetworkPolicy',
      'ConfigMap',
    ]
    expect(kindsOf(steps)).to.have.members(expected)
    expect(waitingFor).to.deep.equal([])
  })

  it('is empty once it was carried out, whatever was there before; pods leave in further cycles', () => {
    const leaving = ['markPodsForRemoval', 'unmarkPods', 'scaleDown']
    fc.assert(
      fc.property(anyWorld, (world) => {
        let after = cycle(world).world
        expect(kindsOf(planCallbot(after).steps.filter((step) => !leaving.includes(step.do)))).to.deep.equal([])
        for (let cycles = 0; cycles < 60 && planCallbot(after).steps.length > 0; cycles++) after = cycle(after).world
        expect(planCallbot(after).steps).to.deep.equal([])
      }),
      { numRuns: 500 },
    )
  })

  it('gives a reason for each step', () => {
    fc.assert(
      fc.property(anyWorld, (world) => {
        for (const step of planCallbot(world).steps) expect(step.because).to.match(/\w+ \w+/)
      }),
    )
  })

  it('looks again in a second or later, never at once and never in the past', () => {
    fc.assert(
      fc.property(anyWorld, (world) => {
        expect(planCallbot(world).recheckAfterSeconds ?? 1).to.be.within(1, 365 * 86_400)
      }),
    )
  })

  it('does all but the certificate while there is no CA, and says what it waits for', () => {
    const { steps, waitingFor } = planCallbot(aWorld().with({ authority: undefined }).world)
    expect(kindsOf(steps)).not.to.include('issueCertificate')
    expect(steps).to.have.lengthOf(6)
    expect(waitingFor).to.deep.equal(["the operator's CA"])
  })

  it('goes on although an Integration is missing: the numbers are answered', () => {
    expect(planCallbot(aWorld().with({ missingIntegrations: ['cabinet'] }).world).steps).to.have.lengthOf(7)
  })

  for (const missing of [{ missingIntegrations: ['cabinet'] }, { retentionPolicyMissing: true }]) {
    it(`gives what was applied along with a new bot two seconds to come: ${Object.keys(missing)[0]}`, () => {
      const young = aWorld().withBot(aBot({ createdAt: NOON - SECOND }))
      const { steps, waitingFor, recheckAfterSeconds } = planCallbot(young.with(missing).world)
      expect(kindsOf(steps)).to.deep.equal(['issueCertificate'])
      expect(waitingFor).to.have.lengthOf(1)
      expect(recheckAfterSeconds).to.equal(1)
      expect(planCallbot(young.world).steps).to.have.lengthOf(7)
      expect(planCallbot(young.with(missing).later(SECOND).world).steps).to.have.lengthOf(7)
    })
  }

  it('waits for no companions of a bot that has pods already, or whose time of creation is yet to come', () => {
    const missing = { missingIntegrations: ['cabinet'] }
    const made = aWorld()
      .withBot(aBot({ createdAt: NOON - SECOND }))
      .carriedOut()
    expect(planCallbot(made.with(missing).world).waitingFor).to.deep.equal([])
    const ahead = aWorld()
      .withBot(aBot({ createdAt: NOON + SECOND }))
      .with(missing)
    expect(planCallbot(ahead.world).steps).to.have.lengthOf(7)
  })
})

describe('the plan for the children', () => {
  it('never touches one that belongs to another owner', () => {
    fc.assert(
      fc.property(anyWorld, (world) => {
        const kinds = planCallbot(world).steps.flatMap((step) => (step.do === 'apply' ? [step.manifest.kind] : []))
        for (const [name, found] of Object.entries(world.children)) {
          const foreign = found?.ownerUid !== undefined && found.ownerUid !== world.bot!.uid
          if (foreign) expect(kinds.map((kind) => kind.toLowerCase())).not.to.include(name.toLowerCase())
        }
      }),
    )
  })

  it('puts back what somebody changed, and nothing else', () => {
    const { steps } = planCallbot(aWorld().carriedOut().withDrifted('deployment').world)
    expect(kindsOf(steps)).to.deep.equal(['Deployment'])
    expect(steps[0]!.because).to.equal('the Deployment differs from the spec')
  })

  it('follows each part of the spec that a child depends on', () => {
    const settled = aWorld().carriedOut()
    const after = (changes: Parameters<typeof settled.withSpec>[0]) =>
      kindsOf(planCallbot(settled.withSpec(changes).world).steps)
    expect(after({ drain: { deadlineSeconds: 60 } })).to.deep.equal(['Deployment'])
    expect(after({ capacity: { ...aSpec().capacity, minReplicas: 4 } })).to.deep.equal(['Deployment'])
    expect(after({ numbers: ['+33199000002'] })).to.deep.equal(['ConfigMap'])
    expect(after({ zones: ['zone-a'] })).to.deep.equal(['Deployment', 'ConfigMap'])
    expect(after({ retentionPolicyRef: { name: 'trente-jours' } })).to.deep.equal([])
  })
})

describe('the plan for the route', () => {
  it('never lets an epoch go down or repeat, whatever the clocks say', () => {
    fc.assert(
      fc.property(anyWorld, (world) => {
        const step = published(planCallbot(world).steps)
        if (step === undefined) return
        expect(step.epoch).to.be.greaterThan(world.route?.epoch ?? 0)
        expect(step.epoch).to.be.greaterThan(world.bot!.status?.routeEpoch ?? 0)
        const noted = step.manifest.metadata.annotations!['callbots.dev/epoch']
        expect(noted).to.equal(String(step.epoch))
      }),
    )
  })

  it('writes it again only when it says something else', () => {
    const settled = aWorld().carriedOut()
    expect(planCallbot(settled.later(DAY).world).steps).to.deep.equal([])
  })

  it('names the numbers in one order, so that their order in the spec means nothing', () => {
    const numbers = ['+33199000002', '+33199000001']
    const settled = aWorld()
      .withBot(aBot({ spec: aSpec({ numbers }) }))
      .carriedOut()
    expect(planCallbot(settled.withSpec({ numbers: numbers.toReversed() }).world).steps).to.deep.equal([])
  })

  it('leaves out a number that an older bot has', () => {
    const numbers = ['+33199000001', '+33199000002']
    const world = aWorld()
      .withBot(aBot({ spec: aSpec({ numbers }) }))
      .withRival('+33199000002', 'roses/accueil', SECOND).world
    const route = JSON.parse((published(planCallbot(world).steps).manifest['data'] as { route: string }).route)
    expect(route.numbers).to.deep.equal(['+33199000001'])
  })

  it('replaces the one of a predecessor of the same name with a newer epoch', () => {
    const before = aWorld().carriedOut()
    const successor = before.withBot(aBot({ uid: 'uid-of-the-successor' })).later(-DAY)
    expect(published(planCallbot(successor.world).steps).epoch).to.equal(before.world.route!.epoch + 1)
  })

  it('withdraws it when the Callbot was deleted, and only that very object', () => {
    const world = { ...aWorld().carriedOut().world, bot: undefined }
    expect(planCallbot(world).steps).to.deep.equal([
      { do: 'withdrawRoute', name: 'route.lilas.accueil', uid: world.route!.uid, because: 'the Callbot was deleted' },
    ])
    expect(cycle(cycle(world).world).plan.steps).to.deep.equal([])
  })

  it('leaves all as it is while the Callbot is being deleted: its calls go on', () => {
    fc.assert(
      fc.property(anyWorld, (world) => {
        expect(planCallbot({ ...world, bot: { ...world.bot!, deleting: true } }).steps).to.deep.equal([])
      }),
    )
  })
})

describe('the numbers of all bots', () => {
  it('belong each to exactly one bot, whatever is looked at first', () => {
    const bots = fc.uniqueArray(
      fc.record({
        uid: fc.constantFrom('u1', 'u2', 'u3', 'u4'),
        createdAt: fc.constantFrom(NOON, NOON + SECOND),
        numbers: fc.uniqueArray(fc.constantFrom('+331', '+332', '+333'), { minLength: 1 }),
      }),
      { selector: ({ uid }) => uid, minLength: 1 },
    )
    const shuffled = bots.chain((all) =>
      fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
    )
    fc.assert(
      fc.property(shuffled, ([all, order]) => {
        const claims = order.flatMap(({ numbers, uid, createdAt }) =>
          numbers.map((number) => ({ number, bot: `lilas/${uid}`, uid, createdAt })),
        )
        const own = all.flatMap(({ uid, numbers }) => {
          const bot = aBot({ uid, spec: aSpec({ numbers }) })
          return ownNumbers({ ...aWorld().withBot(bot).world, claims }, bot)
        })
        expect(own.sort()).to.deep.equal([...new Set(claims.map(({ number }) => number))].sort())
      }),
    )
  })
})

describe('the plan for the certificate', () => {
  const issued = aWorld().carriedOut()
  const because = (world: Parameters<typeof planCallbot>[0]) =>
    planCallbot(world).steps.find((step) => step.do === 'issueCertificate')?.because

  it('looks again when two thirds of its life are over, and renews it then', () => {
    const { recheckAfterSeconds } = planCallbot(issued.world)
    expect(recheckAfterSeconds).to.equal(Math.ceil(30 * 86_400 * 0.66))
    expect(because(issued.later(recheckAfterSeconds! * SECOND - 1).world)).to.equal(undefined)
    expect(because(issued.later(recheckAfterSeconds! * SECOND).world)).to.equal('it expires soon')
  })

  it('comes back after issuing one, so that its renewal is never left to chance', () => {
    fc.assert(
      fc.property(anyWorld, (world) => {
        const { steps, recheckAfterSeconds } = planCallbot(world)
        if (steps.some((step) => step.do === 'issueCertificate')) expect(recheckAfterSeconds).to.be.within(1, 60)
      }),
    )
  })

  it('renews it when the CA or the circle of trusted CAs has changed', () => {
    const another = { issuer: 'ca-1', bundle: 'bundle-2' }
    expect(because(issued.with({ authority: another }).world)).to.equal('the trust bundle has changed')
    expect(because(issued.with({ authority: { ...another, issuer: 'ca-2' } }).world)).to.equal(
      'it was signed by an earlier CA',
    )
  })

  it('recreates its Secret when a pod waits for it in vain, once and not in each cycle', () => {
    const waiting = aPod('zone-a', { ready: false, waitingForVolumesSince: NOON + DAY })
    const world = issued.withPods(waiting).later(DAY)
    expect(because(world.later(20 * SECOND).world)).to.equal(undefined)
    expect(because(world.later(21 * SECOND).world)).to.equal('a pod waits for its volumes')
    const again = world
      .later(21 * SECOND)
      .carriedOut()
      .withPods(waiting)
    expect(because(again.later(SECOND).world)).to.equal(undefined)
  })

  it('is for the names under which peers reach the bot', () => {
    const step = planCallbot(aWorld().world).steps.find(({ do: what }) => what === 'issueCertificate')
    expect(step).to.deep.include({
      secretName: 'accueil-sip-tls',
      dnsNames: ['accueil.lilas.svc', 'accueil.lilas.svc.cluster.local'],
    })
  })
})
