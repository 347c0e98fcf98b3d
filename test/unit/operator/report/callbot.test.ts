import { expect } from 'chai'
import fc from 'fast-check'
import { callbotStatusSchema } from '../../../../src/api/callbot-status.ts'
import { CONDITIONS_OF } from '../../../../src/api/conditions.ts'
import { reportCallbot } from '../../../../src/operator/report/callbot.ts'
import { statusDiffers } from '../../../../src/operator/report/status.ts'
import { eventOfChange } from '../../../../src/operator/report/events.ts'
import type { World } from '../../../../src/operator/world/callbot.ts'
import { aBot, aPod, aSpec, aWorld, cycle, DAY, MINUTE, SECOND } from '../../../harness/builders.ts'
import { brokenLaws } from '../../../harness/status-laws.ts'
import { anyWorld } from '../random-worlds.ts'

const statusOf = (world: World, refused?: Parameters<typeof cycle>[1]) => cycle(world, refused).status!
const conditionOf = (world: World, type: string, refused?: Parameters<typeof cycle>[1]) =>
  statusOf(world, refused).conditions!.find((condition) => condition.type === type)
const everyZone = ['zone-a', 'zone-b', 'zone-c'].map((zone) => aPod(zone))
const serving = aWorld()
  .carriedOut()
  .withPods(...everyZone)
  .carriedOut()

describe('the status of a Callbot', () => {
  it('keeps every law of a status, whatever is seen and whatever was written before', () => {
    fc.assert(
      fc.property(
        anyWorld,
        fc.constantFrom('none', 'Deployment', 'ConfigMap', 'issueCertificate'),
        (world, refused) => {
          const { status } = cycle(world, (step) => ('manifest' in step ? step.manifest.kind : step.do) === refused)
          expect(brokenLaws({ metadata: { generation: world.bot!.generation }, status })).to.deep.equal([])
        },
      ),
      { numRuns: 500 },
    )
  })

  it('is what the API server accepts', () => {
    fc.assert(
      fc.property(anyWorld, (world) => {
        const parsed = callbotStatusSchema.safeParse(statusOf(world))
        expect(parsed.error?.issues).to.equal(undefined)
      }),
    )
  })

  it('has the conditions of the API reference and no other', () => {
    fc.assert(
      fc.property(anyWorld, (world) => {
        for (const { type } of statusOf(world).conditions!) expect(CONDITIONS_OF.Callbot).to.include(type)
      }),
    )
  })

  it('is not written again when nothing new was seen', () => {
    fc.assert(
      fc.property(anyWorld, (world) => {
        const settled = cycle(cycle(world).world).world
        const again = reportCallbot(settled, settled.bot!, cycle(settled).outcome)
        expect(statusDiffers(settled.bot!.status, again)).to.equal(false)
      }),
    )
  })

  it('is about the newest generation', () => {
    expect(statusOf(serving.withSpec({ zones: ['zone-a'] }).world).observedGeneration).to.equal(2)
  })

  it('describes a bot that serves: pods, zones, numbers, emergency number', () => {
    expect(serving.world.bot!.status).to.deep.include({
      ready: '3/3',
      zonesReady: '3/3',
      routes: '1/1',
      numbers: ['+33199000001'],
      fallback: 'Ready',
      selector: 'callbots.dev/callbot=accueil',
    })
    expect(conditionOf(serving.world, 'Ready')).to.include({ status: 'True', reason: 'Serving' })
  })

  it('shows the route and its epoch only when it is written', () => {
    const refused = statusOf(aWorld().world, (step) => step.do === 'publishRoute')
    expect(refused).not.to.have.property('routeEpoch')
    expect(refused.routes).to.equal('0/1')
  })

  it('remembers the certificate that was issued, also in cycles that issue none', () => {
    expect(serving.world.bot!.status!.certificate).to.deep.equal(aWorld().carriedOut().world.bot!.status!.certificate)
  })
})

describe('Ready', () => {
  const reason = (world: World) => conditionOf(world, 'Ready')!.reason
  const stalled = (world: World) => conditionOf(world, 'Stalled')?.reason

  it('says PodsStarting for two minutes, and then that pods are unavailable', () => {
    const starting = aWorld().carriedOut()
    expect(reason(starting.later(2 * MINUTE - SECOND).world)).to.equal('PodsStarting')
    const late = statusOf(starting.later(2 * MINUTE + SECOND).world)
    const pods = late.conditions!.find(({ type }) => type === 'PodsAvailable')!
    expect(pods).to.include({ status: 'False', reason: 'PodsUnavailable' })
  })

  it('does not fall back to PodsStarting when a pod of a bot that served is gone', () => {
    const world = serving.withPods(aPod('zone-a'), aPod('zone-b')).later(DAY).world
    expect(conditionOf(world, 'PodsAvailable')).to.include({ status: 'False', reason: 'PodsUnavailable' })
  })

  it('names a missing Integration before anything that follows from it', () => {
    const world = aWorld().with({ missingIntegrations: ['cabinet'] }).world
    expect(conditionOf(world, 'Ready')).to.include({ status: 'False', reason: 'IntegrationNotFound' })
    expect(conditionOf(world, 'Ready')!.message).to.include('Integration cabinet does not exist')
    expect(statusOf(world).fallback).to.equal('Missing')
  })

  it('says of a RetentionPolicy that is there and refused that it is not in force, and not that it is missing', () => {
    const named = aWorld().withSpec({ retentionPolicyRef: { name: 'year' } })
    const world = named.with({ retentionPolicyMissing: true, retentionPolicyRefused: true }).world
    expect(conditionOf(world, 'ReferencesResolved')).to.include({ status: 'False', reason: 'RetentionPolicyRefused' })
    expect(conditionOf(world, 'ReferencesResolved')!.message).to.include('RetentionPolicy year is not in force')
  })

  it('names the zone that does not answer, at once', () => {
    const world = serving.withZone('zone-b', { answering: false }).world
    expect(conditionOf(world, 'Ready')).to.include({ status: 'False', reason: 'ZoneUnreachable' })
    expect(statusOf(world).zones).to.deep.include({ name: 'zone-b', desired: 1, ready: 0, state: 'Unreachable' })
    expect(statusOf(world)).to.include({ ready: '2/3', zonesReady: '2/3' })
  })

  it('is True again when the zone answers again', () => {
    const cut = serving.withZone('zone-b', { answering: false }).later(MINUTE).carriedOut()
    const healed = statusOf(cut.withZone('zone-b', { answering: true }).later(MINUTE).world)
    expect(healed.conditions![0]).to.include({
      type: 'Ready',
      status: 'True',
      lastTransitionTime: '2026-11-24T12:02:00Z',
    })
  })

  it('says who has the number within a namespace, and not beyond it', () => {
    const taken = (bot: string) => aWorld().withRival('+33199000001', bot, SECOND).world
    expect(conditionOf(taken('lilas/soir'), 'Ready')!.message).to.include('belongs to Callbot soir')
    const foreign = conditionOf(taken('roses/secret'), 'Ready')!.message
    expect(foreign)
      .to.include('of another namespace')
      .and.not.to.match(/roses|secret/)
    expect(stalled(taken('lilas/soir'))).to.equal('NumberTaken')
  })

  it('says what the API server did not take, and why', () => {
    const refused = conditionOf(aWorld().world, 'Ready', (step) => step.do === 'publishRoute')!
    expect(refused).to.include({ status: 'False', reason: 'ApplyFailed' })
    expect(refused.message).to.include('rejected the ConfigMap: exceeded quota')
  })

  it('warns of a certificate that could not be renewed in time', () => {
    const late = serving.with({ authority: undefined }).later(25 * DAY).world
    expect(reason(late)).to.equal('CertificateExpiring')
    expect(conditionOf(late, 'Ready')!.message).to.include('2026-12-24')
  })

  it('is False without any zone', () => {
    expect(reason(serving.with({ zones: [] }).world)).to.equal('ZoneUnreachable')
  })

  it('does not count a pod that is leaving', () => {
    const world = serving.withPods(...everyZone.slice(1), aPod('zone-a', { terminating: true })).world
    expect(statusOf(world)).to.include({ ready: '2/3', replicas: 2 })
  })

  it('is True whichever zones the scheduler gave the pods beyond an even share', () => {
    const capacity = { ...aSpec().capacity, minReplicas: 4 }
    for (const zone of ['zone-a', 'zone-b', 'zone-c']) {
      const world = serving.withSpec({ capacity }).withPods(...everyZone, aPod(zone)).world
      expect(conditionOf(world, 'Ready')).to.include({ status: 'True', reason: 'Serving' })
    }
  })

  it('is False with a bot that has too few pods in one zone and too many in another', () => {
    const world = serving.withPods(aPod('zone-a'), aPod('zone-a'), aPod('zone-b')).later(DAY).world
    expect(reason(world)).to.equal('ZoneWithoutPod')
  })
})

describe('the condition PoliciesEnforced of a Callbot', () => {
  const found = (policyEvidence: World['policyEvidence']) => serving.with({ policyEvidence }).world

  it('is absent until a pod was tried', () => {
    expect(conditionOf(found(undefined), 'PoliciesEnforced')).to.equal(undefined)
  })

  it('reports a NetworkPolicy that is not enforced, with the cure, and leaves Ready True', () => {
    const world = found('NotEnforced')
    expect(conditionOf(world, 'PoliciesEnforced')).to.include({ status: 'False', reason: 'PoliciesNotEnforced' })
    expect(conditionOf(world, 'PoliciesEnforced')!.message).to.include('network plugin').and.include('8448')
    expect(conditionOf(world, 'Ready')).to.include({ status: 'True' })
  })

  it('stays what it was while an operator that has just started knows nothing yet', () => {
    const before = serving.with({ policyEvidence: 'NotEnforced' }).carriedOut()
    const now = statusOf(before.with({ policyEvidence: undefined }).later(MINUTE).world)
    expect(now.conditions!.find(({ type }) => type === 'PoliciesEnforced')).to.include({ status: 'False' })
  })
})

describe('the events about a Callbot', () => {
  const spoken = (before: World, after: World) =>
    eventOfChange(aBot({ status: statusOf(before) }), statusOf(after))?.reason

  it('report each change of the summary, and nothing while it stays', () => {
    const cut = serving.withZone('zone-b', { answering: false }).world
    expect(spoken(serving.world, cut)).to.equal('ZoneUnreachable')
    expect(spoken(cut, serving.world)).to.equal('Serving')
    expect(spoken(cut, cut)).to.equal(undefined)
  })

  it('are warnings only when something is wrong', () => {
    const cut = serving.withZone('zone-b', { answering: false }).world
    expect(eventOfChange(serving.world.bot!, statusOf(cut))!.type).to.equal('Warning')
    expect(eventOfChange(aBot({ status: statusOf(cut) }), statusOf(serving.world))!.type).to.equal('Normal')
  })

  it('say nothing of a bot that is only starting', () => {
    expect(eventOfChange(aBot(), statusOf(aWorld().world))).to.equal(undefined)
    expect(spoken(serving.world, aWorld().world)).to.equal(undefined)
  })

  it('say nothing of a bot that serves once it has started', () => {
    expect(spoken(aWorld().world, serving.world)).to.equal(undefined)
  })

  it('say nothing of a bot whose first word is that it serves', () => {
    const status = cycle(aWorld().withPods(...everyZone).world).status!
    expect(status.conditions![0]).to.include({ type: 'Ready', status: 'True' })
    expect(eventOfChange(aBot(), status)).to.equal(undefined)
  })
})
