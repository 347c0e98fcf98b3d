import { expect } from 'chai'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import { renderChart } from '../../../hack/chart.ts'
import { repo } from '../../../hack/cluster/settings.ts'
import { differences, renderBase } from '../../../hack/render-base.ts'

interface Manifest {
  kind: string
  metadata: { name: string; labels?: unknown }
}

describe('config/base, the install without helm', function () {
  this.timeout(60_000)

  it('is what the chart renders today', async () => {
    expect(differences(await renderBase()), 'run `make generate`').to.deep.equal([])
  })

  it('says the same as the chart in everything but the labels by which helm finds its objects', async () => {
    const folder = join(repo, 'config', 'base', 'operator')
    const files = readdirSync(folder).filter((name) => name !== 'kustomization.yaml')
    const base = files.map((name) => readFileSync(join(folder, name), 'utf8')).join('\n---\n')
    expect(manifests(base)).to.deep.equal(manifests(await renderChart([], ['crds.install=false'])))
  })
})

function manifests(text: string): Record<string, Manifest> {
  const all = parseAllDocuments(text).map((document) => document.toJS() as Manifest | null)
  const present = all.filter((manifest) => manifest !== null)
  for (const { metadata } of present) delete metadata.labels
  return Object.fromEntries(present.map((manifest) => [`${manifest.kind}/${manifest.metadata.name}`, manifest]))
}
