import { expect } from 'chai'
import type { CallbotSpec } from '../../../src/api/callbot.ts'
import {
  allowedRegions,
  firstUnmet,
  isInside,
  outsideInstallation,
  requirementsOf,
} from '../../../src/rules/placement.ts'

const REGION = 'topology.kubernetes.io/region'
const HDS = 'callbots.node-restriction.kubernetes.io/HDS'
const placement = (regions: string[], certifications: string[] = []) => ({ regions, certifications })

describe('the regions that a bot may use', () => {
  it('are those of bot and installation alike; an empty list permits every region', () => {
    expect(allowedRegions([], [])).to.equal(undefined)
    expect(allowedRegions(['a', 'b'], [])).to.deep.equal(['a', 'b'])
    expect(allowedRegions(['a', 'b'], ['b', 'c'])).to.deep.equal(['b'])
  })

  it('are none, and not all, where bot and installation have no region in common', () => {
    const none = allowedRegions(['a'], ['b'])
    expect(none).to.deep.equal([])
    for (const region of ['a', 'b', undefined]) expect(isInside(none, region)).to.equal(false)
  })

  it('do not contain a server that declares no region', () => {
    expect(isInside(['a'], undefined)).to.equal(false)
    expect(isInside(undefined, undefined)).to.equal(true)
  })
})

describe('what a node must have', () => {
  it('is a region of each list, and each certification once', () => {
    expect(requirementsOf(placement(['b', 'a'], ['HDS']), placement(['a', 'b'], ['HDS']))).to.deep.equal([
      { key: REGION, operator: 'In', values: ['a', 'b'] },
      { key: HDS, operator: 'Exists' },
    ])
    expect(requirementsOf(placement(['a']), placement(['a', 'b']))).to.deep.equal([
      { key: REGION, operator: 'In', values: ['a'] },
      { key: REGION, operator: 'In', values: ['a', 'b'] },
    ])
    expect(requirementsOf(placement([]), placement([]))).to.deep.equal([])
  })

  it('is named by the first label that no node has together with those before it', () => {
    const required = requirementsOf(placement(['a'], ['HDS']))
    expect(firstUnmet(required, [{ [REGION]: 'b', [HDS]: '' }])).to.include({ key: REGION })
    expect(firstUnmet(required, [{ [REGION]: 'a' }, { [REGION]: 'b', [HDS]: '' }])).to.include({ key: HDS })
    expect(firstUnmet(required, [{ [REGION]: 'a', [HDS]: '' }])).to.equal(undefined)
    expect(firstUnmet(required, [])).to.include({ key: REGION })
  })
})

describe('a Callbot in an installation with regions', () => {
  const server = (region: string) => ({
    type: 'OpenAICompatible' as const,
    region,
    url: 'https://s',
    timeoutMilliseconds: 1,
  })
  const embedded = { type: 'Embedded' as const, timeoutMilliseconds: 1 }
  const spec = (regions: string[], ...asr: CallbotSpec['speech']['asr']) => ({
    placement: { regions, certifications: [] },
    speech: { asr, tts: [embedded], vocabulary: [] },
    llm: { providers: [server('eu-west-3')] },
  })
  const cure = 'choose one inside, or ask the administrator of the cluster (placement.regions of the chart)'

  it('may name fewer regions, and servers in them', () => {
    const { errors } = outsideInstallation(spec(['eu-west-3'], embedded, server('eu-west-3')), [
      'eu-west-3',
      'eu-central-1',
    ])
    expect(errors).to.deep.equal([])
    expect(outsideInstallation(spec(['us-east-1'], server('us-east-1')), []).errors).to.deep.equal([])
  })

  it('has each region outside refused, its own and those that are declared of its servers', () => {
    const { errors } = outsideInstallation(spec(['eu-west-3', 'us-east-1'], embedded, server('us-east-1')), [
      'eu-west-3',
    ])
    expect(errors).to.deep.equal([
      {
        path: 'spec.placement.regions[1]',
        message: `us-east-1 is outside, for the installation has only eu-west-3: ${cure}`,
      },
      {
        path: 'spec.speech.asr[1].region',
        message: `the server is declared in us-east-1, and the installation has only eu-west-3: ${cure}`,
      },
    ])
  })
})
