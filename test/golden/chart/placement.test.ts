import { expect } from 'chai'
import { parseAllDocuments } from 'yaml'
import { renderChart } from '../../../hack/chart.ts'

interface Term {
  matchExpressions?: { key: string; operator: string; values?: string[] }[]
}
interface PodSpec {
  affinity?: {
    nodeAffinity?: { requiredDuringSchedulingIgnoredDuringExecution?: { nodeSelectorTerms: Term[] } }
    podAntiAffinity?: object
  }
}
interface Rendered {
  kind: string
  metadata: { name: string }
  spec: PodSpec & { template?: { metadata: { labels: Record<string, string> }; spec: PodSpec } }
}

const EVERYTHING = ['records.enabled=true', 'edge.media.mode=Relay']
const PLACED = [...EVERYTHING, 'placement.regions={eu-west-3,eu-central-1}', 'placement.certifications={HDS}']
const INSIDE = [
  { key: 'topology.kubernetes.io/region', operator: 'In', values: ['eu-central-1', 'eu-west-3'] },
  { key: 'callbots.node-restriction.kubernetes.io/HDS', operator: 'Exists' },
]

/** What a pod requires of its node without placement: of the recogniser there is no build for Linux on arm64. */
const ownOf = ({ metadata }: Rendered) =>
  metadata.name === 'callbot-speech' ? [{ key: 'kubernetes.io/arch', operator: 'In', values: ['amd64'] }] : []

describe('the placement of the chart', function () {
  this.timeout(120_000)
  const workloads = async (values: string[], files: string[] = []) =>
    parseAllDocuments(await renderChart(files, values))
      .map((document) => document.toJS() as Rendered | null)
      .filter((one) => one !== null && ['Deployment', 'StatefulSet', 'Pod'].includes(one.kind)) as Rendered[]
  const podOf = ({ spec }: Rendered): PodSpec => spec.template?.spec ?? spec
  const termsOf = (pod: PodSpec) =>
    pod.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms

  it('is a node affinity of every pod: operator, edge with its relay, speech, store, database, sweep and the test call', async () => {
    const found = await workloads(PLACED)
    expect(found.map(({ metadata }) => metadata.name.replace(/-[0-9a-f]{8,}$/, ''))).to.include.members([
      ...['callbot-operator', 'callbot-speech', 'callbot-store', 'callbot-postgres', 'callbot-sweep'],
    ])
    expect(found).to.have.length.greaterThan(6)
    for (const one of found) expect(termsOf(podOf(one)), one.metadata.name).to.deep.equal([{ matchExpressions: [...ownOf(one), ...INSIDE] }])
  })

  it('renders no affinity where it is empty, but that of the speech server for its architecture', async () => {
    for (const one of await workloads(EVERYTHING)) {
      const own = ownOf(one)
      const affinity = { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions: own }] } } }
      expect(podOf(one).affinity, one.metadata.name).to.deep.equal(own.length > 0 ? affinity : undefined)
    }
  })

  it('joins each alternative of an affinity of the operator that is given', async () => {
    const given = 'affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms'
    const terms = [0, 1].flatMap((index) => [
      `${given}[${index}].matchExpressions[0].key=key-${index}`,
      `${given}[${index}].matchExpressions[0].operator=Exists`,
    ])
    const found = await workloads([...PLACED, ...terms, 'affinity.podAntiAffinity.a=b'])
    const { affinity } = podOf(found.find(({ metadata }) => metadata.name === 'callbot-operator')!)
    expect(termsOf({ affinity: affinity! })).to.deep.equal(
      [0, 1].map((index) => ({ matchExpressions: [{ key: `key-${index}`, operator: 'Exists' }, ...INSIDE] })),
    )
    expect(affinity).to.have.property('podAntiAffinity')
  })

  it('finds the pods of the chart again by their label, which every template has', async () => {
    for (const { spec, metadata } of await workloads(PLACED))
      if (spec.template) expect(spec.template.metadata.labels, metadata.name).to.include({ 'app.kubernetes.io/part-of': 'callbot' })
  })
})
