import { expect } from 'chai'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse, stringify } from 'yaml'
import { run } from '../../../hack/cluster/shell.ts'
import { repo } from '../../../hack/cluster/settings.ts'
import { cycle } from '../../harness/builders.ts'
import { worldOf, type Given } from './given.ts'
import { expectGolden } from '../../harness/golden.ts'

const here = import.meta.dirname
const cases = readdirSync(here).filter((name) => existsSync(join(here, name, 'given.yaml')))

const asYaml = (value: unknown) => stringify(value, { lineWidth: 0, aliasDuplicateObjects: false })

describe('the operator plans and reports exactly what is on file', () => {
  for (const name of cases) {
    it(name, () => {
      const given = parse(readFileSync(join(here, name, 'given.yaml'), 'utf8')) as Given
      const { plan, status } = cycle(worldOf(given))
      expectGolden(join(here, name, 'plan.yaml'), asYaml(plan))
      expectGolden(join(here, name, 'status.yaml'), status === undefined ? '# none: the Callbot was deleted\n' : asYaml(status))
    })
  }
})

describe('the verb plan', function () {
  this.timeout(30_000)
  const samples = join(repo, 'config', 'samples')
  const all = readdirSync(samples).filter((name) => name.endsWith('.yaml')).sort()
  const text = all.map((name) => readFileSync(join(samples, name), 'utf8')).join('\n---\n')
  const explain = (input: string, ...args: string[]) =>
    run(process.execPath, [join(repo, 'src', 'main.ts'), 'plan', '--file', '-', ...args], { input })
  const refusal = (input: string) => explain(input).then(() => '', (error: Error) => error.message)

  it('explains the samples', async () => {
    expectGolden(join(here, 'the-verb-plan', 'samples.txt'), await explain(text))
  })

  it('prints every manifest of the samples that the operator would apply', async () => {
    const documents = (await explain(text, '--output', 'yaml')).split(/^---$/m).slice(1)
    const kinds = documents.map((document) => (parse(document) as { kind: string }).kind)
    expect(kinds).to.deep.equal(['ConfigMap', 'Deployment', 'Service', 'PodDisruptionBudget', 'NetworkPolicy', 'ConfigMap'])
  })

  it('names every fault of a file that the API server would refuse', async () => {
    const faulty = text.replace("'+33199000001'", "'0199000001'").replace('minReplicas: 3', 'minReplicas: 30')
    const said = await refusal(faulty)
    expect(said).to.include('spec.numbers[0]').and.to.include('spec.capacity')
  })

  it('says so when a file has no Callbot', async () => {
    expect(await refusal('kind: Namespace\napiVersion: v1\nmetadata: { name: lilas }\n')).to.include('holds no Callbot')
  })
})
