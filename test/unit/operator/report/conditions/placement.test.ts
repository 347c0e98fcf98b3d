import { expect } from 'chai'
import type { PlacedPod, World } from '../../../../../src/operator/world/callbot.ts'
import { aPod, aWorld, cycle } from '../../../../harness/builders.ts'

const [ZONE, REGION] = ['topology.kubernetes.io/zone', 'topology.kubernetes.io/region']
const HDS = 'callbots.node-restriction.kubernetes.io/HDS'
const labels = (zone: string, region: string) => ({ [ZONE]: zone, [REGION]: region })
const inside = ['zone-a', 'zone-b', 'zone-c'].map((zone) => labels(zone, 'eu-west-3'))
const plain = aWorld()
  .withPods(...['zone-a', 'zone-b', 'zone-c'].map((zone) => aPod(zone)))
  .carriedOut()
const { settings } = plain.world
const installedIn = (regions: string[], certifications: string[] = []) => ({
  settings: { ...settings, placement: { regions, certifications } },
})
const placedAt = (name: string, region: string, isOwn = false): PlacedPod => ({
  ...{ name, node: `node-of-${name}`, labels: labels('zone-a', region), isOwn },
})
const statusOf = (changes: Partial<World>) => cycle(plain.with(changes).world).status!
const conditionOf = (changes: Partial<World>, type = 'PlacementMet') =>
  statusOf(changes).conditions!.find((each) => each.type === type)

describe('the condition PlacementMet of a Callbot', () => {
  it('is absent, and so is the text of the column, where neither bot nor installation has a placement', () => {
    expect(conditionOf({})).to.equal(undefined)
    expect(statusOf({})).not.to.have.property('placement')
  })

  it('is True while all pods run on nodes inside', () => {
    const world = { ...installedIn(['eu-west-3']), nodeLabels: inside, placed: [placedAt('edge-a', 'eu-west-3')] }
    expect(conditionOf(world)).to.include({ status: 'True' })
    expect(statusOf(world).placement).to.equal('Inside')
    expect(conditionOf(world, 'Ready')).to.include({ status: 'True' })
  })

  it('names pod, node and missing label of the first pod outside, counts the others, and explains why the bot is not Ready', () => {
    const placed = [placedAt('accueil-1', 'us-east-1', true), placedAt('callbot-speech-1', 'us-east-1')]
    const world = { ...installedIn(['eu-west-3']), nodeLabels: inside, placed }
    expect(conditionOf(world)).to.include({ status: 'False', reason: 'PodsOutside' })
    expect(conditionOf(world)!.message).to.equal(
      'pod accueil-1 runs on node node-of-accueil-1, which lacks the label topology.kubernetes.io/region with eu-west-3: ' +
        'label the node, or delete the pod, whose successor starts on a node inside; 1 more outside.',
    )
    expect(statusOf(world)).to.include({ placement: '2 outside', ready: '3/3' })
    expect(conditionOf(world, 'Ready')).to.include({ status: 'False', reason: 'PodsOutside' })
  })

  it('judges the pods of the installation by the placement of the chart, and those of the bot by its own as well', () => {
    const spec = { placement: { regions: ['eu-west-3'], certifications: [] } }
    const judged = (pod: PlacedPod) => {
      const world = plain.withSpec(spec).with({
        ...installedIn(['eu-west-3', 'eu-central-1']),
        ...{ nodeLabels: inside, placed: [pod] },
      })
      return cycle(world.world).status!.placement
    }
    expect(judged(placedAt('edge-a', 'eu-central-1'))).to.equal('Inside')
    expect(judged(placedAt('accueil-1', 'eu-central-1', true))).to.equal('1 outside')
  })

  it('names the label that no node has, where no node is inside and new pods stay Pending', () => {
    const world = { ...installedIn(['eu-west-3'], ['HDS']), nodeLabels: inside }
    expect(conditionOf(world)).to.include({ status: 'False', reason: 'NoNodeInside' })
    expect(conditionOf(world)!.message).to.include(`no node inside has the label ${HDS}, so new pods stay Pending`)
    expect(statusOf(world).placement).to.equal('No node')
  })
})

describe('the zones of a bot with a placement', () => {
  const nodeLabels = [...inside.slice(0, 2), labels('zone-c', 'us-east-1')]
  const zonesOf = (...zones: string[]) => {
    const world = plain.with({ ...installedIn(['eu-west-3']), nodeLabels })
    const pods = zones.map((zone, index) => aPod(zone, { name: `accueil-${index}` }))
    return cycle(world.withPods(...pods).world).status!
  }

  it('are those with a node inside: where none may run, none is missing', () => {
    const { zonesReady, ready } = zonesOf('zone-a', 'zone-a', 'zone-b')
    expect({ zonesReady, ready }).to.deep.equal({ zonesReady: '2/2', ready: '3/3' })
  })

  it('contain one outside as long as a pod takes calls there', () => {
    const { zonesReady, ready } = zonesOf('zone-a', 'zone-b', 'zone-c')
    expect({ zonesReady, ready }).to.deep.equal({ zonesReady: '3/3', ready: '3/3' })
  })
})
