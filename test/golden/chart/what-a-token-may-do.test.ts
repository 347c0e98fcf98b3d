import { expect } from 'chai'
import { parseAllDocuments } from 'yaml'
import { operatorNamespace, release, renderChart } from '../../../hack/chart.ts'
import { granted, type Rule } from '../../harness/rights.ts'

interface Volume {
  projected?: { sources: { serviceAccountToken?: object }[] }
}
interface Rendered {
  kind: string
  metadata: { name: string }
  rules?: Rule[]
  roleRef?: { kind: string; name: string }
  subjects?: { kind: string; name: string }[]
  spec?: { template?: { spec: { automountServiceAccountToken?: boolean; serviceAccountName?: string; volumes?: Volume[] } } }
}

/** An API server reviews these and keeps none. */
const REVIEWS = [
  'create authentication.k8s.io/tokenreviews in everywhere',
  'create authorization.k8s.io/subjectaccessreviews in everywhere',
]
const EDGE = [
  ...['list', 'watch'].flatMap((verb) => [
    `${verb} core/configmaps in ${operatorNamespace}`,
    `${verb} discovery.k8s.io/endpointslices in everywhere`,
  ]),
  ...REVIEWS,
]

describe('a token that a pod of the chart has, and that its node or a neighbour takes from it', function () {
  this.timeout(60_000)
  let all: Rendered[]
  before(async () => {
    all = await rendered()
  })
  const rendered = async (...values: string[]) =>
    parseAllDocuments(await renderChart([], ['records.enabled=true', ...values])).flatMap(
      (document) => (document.toJS() as Rendered | null) ?? [],
    )
  const rightsOf = (account: string, of: readonly Rendered[] = all) =>
    of
      .filter(({ subjects }) => subjects?.some(({ kind, name }) => kind === 'ServiceAccount' && name === account))
      .flatMap(({ kind, roleRef }) => {
        const role = of.find((one) => one.kind === roleRef!.kind && one.metadata.name === roleRef!.name)
        return granted(role!.rules!, kind === 'RoleBinding' ? operatorNamespace : 'everywhere')
      })

  it('reads routes at home and addresses of pods everywhere, if it is an edge’s, and writes nothing', () => {
    expect(rightsOf('callbot-edge')).to.have.members(EDGE)
  })

  it('reads one node at a time, too, where media passes the edges', async () => {
    const relayed = await rendered('edge.media.mode=Relay')
    expect(rightsOf('callbot-edge', relayed)).to.have.members([...EDGE, 'get core/nodes in everywhere'])
  })

  it('asks who may read metrics, if it is the speech server’s, and nothing else', () => {
    expect(rightsOf('callbot-speech')).to.have.members(REVIEWS)
  })

  it('is in no other pod than those and the operator’s: not beside records, and not beside the database', () => {
    const pods = all.flatMap(({ kind, metadata, spec }) =>
      spec?.template === undefined ? [] : [{ name: `${kind} ${metadata.name}`, ...spec.template.spec }],
    )
    expect(pods.length).to.be.at.least(6)
    const isMounted = (volume: Volume) => volume.projected?.sources.some((one) => one.serviceAccountToken !== undefined)
    const withToken = pods.filter((pod) => pod.automountServiceAccountToken !== false || pod.volumes?.some(isMounted))
    expect(withToken.map(({ name }) => name)).to.have.members([
      `Deployment ${release}`,
      'Deployment callbot-edge',
      'Deployment callbot-speech',
    ])
  })
})
