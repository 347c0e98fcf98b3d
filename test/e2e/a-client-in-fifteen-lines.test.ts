// @programs operator edge voice  @seconds 240
// @guard test/golden/client-chart/client-chart.test.ts
// @guard test/integration/chart/roles.test.ts
import { expect } from 'chai'
import { clientChartDir, helm, kubectl, renderClient } from '../../hack/chart.ts'
import { kubeconfigPath } from '../../hack/cluster/faults.ts'
import { printFigures, writeEvidence } from '../../hack/evidence.ts'
import { brokenClients, type ClientValues, exampleValues, someClients } from '../harness/client-values.ts'
import { callABot, everyEdge } from '../harness/edges.ts'
import { eventually } from '../harness/eventually.ts'
import { extent } from '../harness/extent.ts'
import * as zones from '../harness/three-zones.ts'

const CLIENTS = extent('CLIENTS', { short: 10, whole: 100 })
const RELEASE = 'rendez-vous'

describe('a client whose values take at most fifteen lines', function () {
  this.timeout(CLIENTS * 10_000 + 900_000)
  let namespace: string
  let isInstalled = false
  const figures = { clients: CLIENTS, refused: 0, broken: 0, refusedByName: 0, calls: 0 }

  before(async function () {
    zones.needsLocalCluster(this)
    await zones.operatorServes()
    namespace = await zones.freshNamespace('client')
  })
  after(async () => {
    if (namespace === undefined) return
    if (isInstalled) await onCluster('uninstall', RELEASE)
    await zones.removeNamespace(namespace)
    printFigures('clients by the chart', [
      ['generated, refused by the API server', `${figures.clients}, ${figures.refused}`],
      ['broken, refused by the name of the value', `${figures.broken}, ${figures.refusedByName}`],
      ['calls to the installed one, all answered by the bot', String(figures.calls)],
    ])
    writeEvidence('client-chart', figures)
  })

  const onCluster = (...args: string[]) => helm([...args, '-n', namespace, '--kubeconfig', kubeconfigPath()])
  const render = (values: ClientValues) => renderClient(RELEASE, namespace, ['-'], JSON.stringify(values))
  const tried = ['apply', '--server-side', '--dry-run=server', '-f', '-']
  const refusalOf = (work: Promise<string>) =>
    work.then(
      () => undefined,
      (error: Error) => error.message,
    )

  it('is taken by the API server, whatever its values are', async () => {
    const refusals: string[] = []
    for (const values of someClients(CLIENTS)) {
      const manifests = await render(values)
      const refusal = await refusalOf(kubectl(['--kubeconfig', kubeconfigPath(), ...tried], manifests))
      if (refusal !== undefined) refusals.push(`${JSON.stringify(values)}\n${refusal}`)
    }
    figures.refused = refusals.length
    expect(refusals).to.deep.equal([])
  })

  it('is refused by the name of the value when one is wrong', async () => {
    const broken = brokenClients()
    figures.broken = broken.length
    expect(broken.length).to.be.at.least(20)
    for (const { names, values } of broken) {
      expect(await refusalOf(render(values)), JSON.stringify(values)).to.include(names)
      figures.refusedByName++
    }
  })

  it('is installed, and its bot answers at every edge', async () => {
    const number = zones.aNumber()
    const team = { authors: ['lilas-authors'], dpo: ['anne@lilas.example'] }
    const values = { ...exampleValues('lilas'), names: undefined, numbers: [number], team }
    isInstalled = true
    await helm(
      ['install', RELEASE, clientChartDir, '-n', namespace, '--kubeconfig', kubeconfigPath(), '--values', '-'],
      JSON.stringify(values),
    )
    await zones.untilPublished(number)
    await eventually(async () => {
      const { status } = await zones.botNamed(namespace, RELEASE)
      expect(status).to.include({ ready: '3/3' })
    }, 240)
    for (const edge of await everyEdge()) {
      await callABot(edge, number)
      figures.calls++
    }
  })

  it('gives its people their roles in its namespace, and no other right', async () => {
    const may = async (verb: string, kind: string, ...who: string[]) => {
      const args = ['auth', 'can-i', verb, kind, '-n', namespace, ...who]
      return (await zones.kube(...args).catch(() => 'no')).trim()
    }
    const author = ['--as=somebody', '--as-group=lilas-authors']
    const dpo = ['--as=anne@lilas.example']
    expect(await may('update', 'callbots', ...author)).to.equal('yes')
    expect(await may('update', 'retentionpolicies', ...author)).to.equal('no')
    expect(await may('update', 'retentionpolicies', ...dpo)).to.equal('yes')
    expect(await may('update', 'callbots', ...dpo)).to.equal('no')
    expect(await may('get', 'secrets', ...author)).to.equal('no')
  })
})
