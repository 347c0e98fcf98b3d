import { expect } from 'chai'
import { renderDeployment } from '../../../../src/operator/render/deployment.ts'
import { renderRecords } from '../../../../src/operator/render/records.ts'
import { readPodScheduling } from '../../../../src/operator/world/pod-scheduling.ts'
import { aBot, aWorld } from '../../../harness/builders.ts'
import { aRetentionWorld } from '../../../harness/retention-worlds.ts'

const GIVEN = {
  nodeSelector: { voice: 'yes' },
  tolerations: [{ key: 'voice', operator: 'Exists', effect: 'NoSchedule' }],
  priorityClassName: 'voice',
  imagePullSecrets: [{ name: 'registry' }],
}
const ANNOTATIONS = { 'example.com/team': 'telephony' }
const scheduling = readPodScheduling(JSON.stringify({ ...GIVEN, annotations: ANNOTATIONS }))!

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

  it('is refused when it is no JSON object of the known members', () => {
    for (const text of ['', '[]', 'null', '{"hostNetwork":true}', '{"tolerations":{}}', '{"imagePullSecrets":[{}]}'])
      expect(readPodScheduling(text), text).to.equal(undefined)
  })
})
