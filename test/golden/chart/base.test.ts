import { expect } from 'chai'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import { kubectl, operatorNamespace, renderChart } from '../../../hack/chart.ts'
import { repo } from '../../../hack/cluster/settings.ts'
import { differences, renderBase } from '../../../hack/render-base.ts'

interface Manifest {
  kind: string
  metadata: { name: string; labels?: unknown; annotations?: Record<string, string> }
}

describe('config/base, the install without helm', function () {
  this.timeout(60_000)

  it('is what the chart renders today', async () => {
    expect(differences(await renderBase()), 'run `make generate`').to.deep.equal([])
  })

  it('says the same as the chart in everything but what helm needs to find its objects', async () => {
    const base = await kubectl(['kustomize', join(repo, 'config', 'base')])
    const applied = manifests(base)
    delete applied[`Namespace/${operatorNamespace}`]
    expect(applied).to.deep.equal(manifests(await renderChart([], ['crds.install=true'])))
  })
})

/** What `helm test` makes, and removes. */
const isOfTest = ({ annotations }: Manifest['metadata']) => annotations?.['helm.sh/hook'] === 'test'

function manifests(text: string): Record<string, Manifest> {
  const all = parseAllDocuments(text).map((document) => document.toJS() as Manifest | null)
  const present = all.filter((manifest) => manifest !== null).filter(({ metadata }) => !isOfTest(metadata))
  for (const { metadata } of present) {
    delete metadata.labels
    delete metadata.annotations
  }
  return Object.fromEntries(present.map((manifest) => [`${manifest.kind}/${manifest.metadata.name}`, manifest]))
}
