import { expect } from 'chai'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { clientChartDir, kubectl, renderChart, renderClient } from '../../../hack/chart.ts'
import { binary, ensureBinaries, kubeconform } from '../../../hack/cluster/binaries.ts'
import { repo } from '../../../hack/cluster/settings.ts'
import { type Ran, tryRun } from '../../../hack/cluster/shell.ts'
import { schemaLocation, writeSchemas } from '../../harness/schemas.ts'

const here = import.meta.dirname
const cases = readdirSync(here, { withFileTypes: true }).filter((entry) => entry.isDirectory())

describe('what is installed conforms to the schemas of Kubernetes, field by field', function () {
  this.timeout(600_000)
  let folder: string

  before(async () => {
    await ensureBinaries([kubeconform])
    folder = mkdtempSync(join(tmpdir(), 'callbot-schemas-'))
    await writeSchemas(join(folder, 'schemas'))
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  const conform = async (manifests: string): Promise<Ran> => {
    const file = join(folder, 'manifests.yaml')
    writeFileSync(file, manifests)
    // These are the Prometheus operator's kinds: their schemas aren't ours to keep.
    const options = ['-strict', '-summary', '-skip', 'ServiceMonitor,PrometheusRule']
    const location = schemaLocation(join(folder, 'schemas'))
    return tryRun(binary(kubeconform, 'kubeconform'), [...options, '-schema-location', location, file])
  }
  const expectConforming = async (manifests: string) => {
    const ran = await conform(manifests)
    expect(ran.stdout + ran.stderr).to.match(/Invalid: 0, Errors: 0/)
    expect(ran.code).to.equal(0)
  }

  for (const { name } of cases) {
    it(`helm template with the values of ${name}`, async () => {
      await expectConforming(await renderChart([join(here, name, 'values.yaml')], ['crds.install=true']))
    })
  }

  it('config/base', async () => expectConforming(await kubectl(['kustomize', join(repo, 'config', 'base')])))

  it('config/samples', async () => {
    const samples = join(repo, 'config', 'samples')
    const texts = readdirSync(samples).map((name) => readFileSync(join(samples, name), 'utf8'))
    await expectConforming(texts.join('\n---\n'))
  })

  it('the chart of clients', async () => {
    const examples = readdirSync(join(clientChartDir, 'examples')).map((name) => join(clientChartDir, 'examples', name))
    for (const example of examples) await expectConforming(await renderClient('a-client', 'a-client', [example]))
  })

  it('the overlay of the install guide, which names one image for operator and bots', async () => {
    const guide = readFileSync(join(repo, 'docs', 'guides', 'install.md'), 'utf8')
    const overlay = /^# kustomization.yaml\n([^]*?)^```/m.exec(guide)![1]!
    const base = relative(folder, join(repo, 'config', 'base'))
    writeFileSync(join(folder, 'kustomization.yaml'), overlay.replace('../callbot-operator/config/base', base))
    const rendered = await kubectl(['kustomize', folder])
    await expectConforming(rendered)
    // The operator, what it starts bots from, what the API server lets it start, and the agent of the edge.
    expect(rendered.match(/registry[.]example[.]com\/voice\/callbot-operator:0[.]1[.]0/g)).to.have.lengthOf(4)
    expect(rendered).to.include("expression: '''registry.example.com/voice/callbot-operator:0.1.0'''")
    expect(rendered).not.to.include('localhost/')
  })

  it('and a misspelt field is found', async () => {
    const rendered = await renderChart([], ['crds.install=false'])
    const { code, stdout } = await conform(rendered.replace('minAvailable:', 'minimumAvailable:'))
    expect(code).to.equal(1)
    expect(stdout).to.include('minimumAvailable')
  })
})
