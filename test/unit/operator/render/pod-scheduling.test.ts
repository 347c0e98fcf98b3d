import { expect } from 'chai'
import type { PodSpec } from 'kubernetes-types/core/v1.d.ts'
import { renderDeployment } from '../../../../src/operator/render/deployment.ts'
import { renderRecords } from '../../../../src/operator/render/records.ts'
import { readPodScheduling } from '../../../../src/operator/world/pod-scheduling.ts'
import { aBot, aSpec, aWorld } from '../../../harness/builders.ts'
import { aRetentionWorld } from '../../../harness/retention-worlds.ts'

const GIVEN = {
  nodeSelector: { voice: 'yes' },
  tolerations: [{ key: 'voice', operator: 'Exists', effect: 'NoSchedule' }],
  priorityClassName: 'voice',
  imagePullSecrets: [{ name: 'registry' }],
}
const ANNOTATIONS = { 'example.com/team': 'telephony' }
const scheduling = readPodScheduling(JSON.stringify({ ...GIVEN, annotations: ANNOTATIONS }))!

const expressionsOf = ({ affinity }: PodSpec) =>
  affinity!.nodeAffinity!.requiredDuringSchedulingIgnoredDuringExecution!.nodeSelectorTerms[0]!.matchExpressions

describe('where the pods run that the operator creates', () => {
  const { settings } = aWorld().world
  const botPods = (given = scheduling, isOverZones = true) =>
    renderDeployment(aBot(), { ...settings, scheduling: given }, 'accueil-0123456789', 3, isOverZones).spec!.template
  const world = aRetentionWorld()
  const { certificate, rootKeys } = world.children.statefulSet!
  const recordsPods = (given = scheduling, isOverZones = true) =>
    renderRecords(
      { ...world, isOverZones, settings: { ...world.settings, scheduling: given } },
      certificate!,
      rootKeys!,
    ).spec!.template

  for (const [name, podsOf] of Object.entries({ bots: botPods, 'callbot-records': recordsPods })) {
    it(`is what the chart says, with its pull Secrets and annotations, for ${name}`, () => {
      const { metadata, spec } = podsOf()
      expect(spec).to.include.keys(Object.keys(GIVEN))
      for (const [member, value] of Object.entries(GIVEN)) expect(spec).to.have.deep.property(member, value)
      expect(metadata!.annotations).to.deep.equal(ANNOTATIONS)
    })

    it(`is not in the manifest at all where the chart says nothing, for ${name}`, () => {
      const { metadata, spec } = podsOf({})
      expect(spec).not.to.have.any.keys(Object.keys(GIVEN))
      expect(metadata).not.to.have.property('annotations')
    })

    it(`is spread over nodes where nodes have no zones, and strictly over zones else, for ${name}`, () => {
      const spreadOf = (isOverZones: boolean) =>
        podsOf({}, isOverZones).spec!.topologySpreadConstraints!.map(
          ({ topologyKey, whenUnsatisfiable }) => `${topologyKey} ${whenUnsatisfiable}`,
        )
      expect(spreadOf(true)).to.include('topology.kubernetes.io/zone DoNotSchedule')
      expect(spreadOf(false)).to.deep.equal(['kubernetes.io/hostname ScheduleAnyway'])
    })
  }

  it('is inside of the placement of the chart, and for bots inside of their own as well', () => {
    const placement = { regions: ['eu-west-3', 'eu-central-1'], certifications: ['ISO27001'] }
    const bot = aBot({ spec: aSpec({ placement: { regions: ['eu-west-3'], certifications: ['HDS'] } }) })
    const pods = renderDeployment(bot, { ...settings, placement }, 'accueil-0123456789', 3).spec!.template.spec!
    const installation = [
      { key: 'topology.kubernetes.io/region', operator: 'In', values: ['eu-central-1', 'eu-west-3'] },
      { key: 'callbots.node-restriction.kubernetes.io/ISO27001', operator: 'Exists' },
    ]
    expect(expressionsOf(pods)).to.deep.equal([
      { key: 'topology.kubernetes.io/region', operator: 'In', values: ['eu-west-3'] },
      installation[0],
      { key: 'callbots.node-restriction.kubernetes.io/HDS', operator: 'Exists' },
      installation[1],
    ])
    expect(pods.containers[0]!.env).to.deep.include({ name: 'CALLBOT_REGIONS', value: 'eu-west-3,eu-central-1' })
    const placed = { ...world, settings: { ...world.settings, placement } }
    expect(expressionsOf(renderRecords(placed, certificate!, rootKeys!).spec!.template.spec!)).to.deep.equal(
      installation,
    )
  })

  it('is refused when it is no JSON object of the known members', () => {
    for (const text of ['', '[]', 'null', '{"hostNetwork":true}', '{"tolerations":{}}', '{"imagePullSecrets":[{}]}'])
      expect(readPodScheduling(text), text).to.equal(undefined)
  })
})
