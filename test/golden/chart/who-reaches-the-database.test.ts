import { expect } from 'chai'
import { parseAllDocuments } from 'yaml'
import { renderChart } from '../../../hack/chart.ts'

interface Peer {
  podSelector?: { matchLabels: Record<string, string> }
  namespaceSelector?: object
}
interface Rendered {
  kind: string
  metadata: { name: string }
  data?: Record<string, string>
  spec: { ingress: { from?: Peer[]; ports: { port: number }[] }[] }
}

/** The network policies are tried on a cluster by test/e2e/strangers-find-closed-ports.test.ts. */
describe('the database of records, as the chart installs it', () => {
  const rendered = async () => {
    const text = await renderChart([], ['records.enabled=true'])
    return parseAllDocuments(text).map((document) => document.toJS() as Rendered | null)
  }
  const component = ({ podSelector }: Peer) => podSelector?.matchLabels['app.kubernetes.io/component']

  it('is reached by store and sweep of its own namespace, and by no pod of any other', async () => {
    const policy = (await rendered()).find((one) => one?.kind === 'NetworkPolicy' && one.metadata.name === 'callbot-postgres')
    const [rule, ...others] = policy!.spec.ingress
    expect(others).to.deep.equal([])
    expect(rule!.from!.map(component)).to.have.members(['store', 'sweep'])
    for (const peer of rule!.from!) expect(peer).not.to.have.property('namespaceSelector')
  })

  it('has a store that pods of callbot-records reach, from any namespace and on one port, and nobody else', async () => {
    const policy = (await rendered()).find((one) => one?.kind === 'NetworkPolicy' && one.metadata.name === 'callbot-store')
    expect(policy!.spec.ingress).to.have.length(1)
    const [{ from, ports }] = policy!.spec.ingress as [Rendered['spec']['ingress'][number]]
    expect(from!.map(component)).to.deep.equal(['records'])
    expect(ports.map(({ port }) => port)).to.deep.equal([8449])
  })

  it('lets in the roles of programs alone, by certificate', async () => {
    const files = (await rendered()).find((one) => one?.kind === 'ConfigMap' && one.metadata.name === 'callbot-postgres')
    expect(files!.data!['pg_hba.conf']!.trim()).to.equal('hostssl callbot callbot_store,callbot_sweep,callbot_admin all cert')
  })
})
