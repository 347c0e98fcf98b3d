// @seconds 30
import { expect } from 'chai'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse, parseAllDocuments } from 'yaml'
import { clientChartDir, helm, kubeVersion, renderClient } from '../../../hack/chart.ts'
import { differences, renderSamples } from '../../../hack/render-samples.ts'
import { run } from '../../../src/say/test-command.ts'
import { brokenClients, type ClientValues, exampleValues, someClients } from '../../harness/client-values.ts'
import { expectGolden } from '../../harness/golden.ts'
import { outputOf } from '../../harness/verb-output.ts'

const example = (name: string) => join(clientChartDir, 'examples', `${name}.yaml`)
const examples = readdirSync(join(clientChartDir, 'examples')).map((file) => file.replace('.yaml', ''))
const render = (values: ClientValues, name = 'lilas') => renderClient(name, 'lilas', ['-'], JSON.stringify(values))
interface Rendered {
  kind: string
  metadata: { name: string; namespace: string }
  subjects: { kind: string; name: string }[]
}
const objects = (text: string) => parseAllDocuments(text).flatMap((each) => (each.toJS() as Rendered | null) ?? [])

describe('the chart of clients', function () {
  this.timeout(240_000)
  let folder: string
  before(() => (folder = mkdtempSync(join(tmpdir(), 'callbot-client-'))))
  after(() => rmSync(folder, { recursive: true }))

  /** What the verb test makes of manifests: the schemas, the rules of flows, and the bot's own tests. */
  async function tested(manifests: string) {
    const file = join(folder, 'client.yaml')
    writeFileSync(file, manifests)
    return outputOf((output) => run({ file: [file] }, output))
  }

  it('renders config/samples of its example, so that nothing is written twice', async () => {
    expect(differences(await renderSamples()), 'run `make generate`').to.deep.equal([])
  })

  it('renders questions in English as they are on file', async () => {
    const rendered = await renderClient('rose-cottage', 'rose-cottage', [example('rose-cottage')])
    expectGolden(join(import.meta.dirname, 'rose-cottage.yaml'), rendered)
  })

  for (const name of examples) {
    it(`${name} takes at most 15 lines, and passes its own tests`, async () => {
      expect(readFileSync(example(name), 'utf8').trimEnd().split('\n').length).to.be.at.most(15)
      const { code, text } = await tested(await render(exampleValues(name), name))
      expect(code, text).to.equal(0)
    })

    it(`${name} passes helm lint --strict`, async () => {
      await helm(['lint', '--strict', '--quiet', ...kubeVersion(), clientChartDir, '--values', example(name)])
    })
  }

  for (const [index, values] of someClients(30).entries()) {
    it(`whatever its values are, the operator takes client ${index + 1}: ${values['template']}`, async () => {
      const { code, text } = await tested(await render(values))
      expect(code, `${JSON.stringify(values)}\n${text}`).to.equal(0)
    })
  }

  for (const { names, values } of brokenClients()) {
    it(`refuses ${names} ${JSON.stringify(changed(values))}`, async () => {
      const said = await render(values).then(
        () => 'it was rendered',
        (error: Error) => error.message,
      )
      expect(said).to.include(names)
    })
  }

  it('gives objects the name of the release, and refuses one that can not be theirs', async () => {
    const unnamed = { ...exampleValues('lilas'), names: undefined }
    const rendered = objects(await render(unnamed, 'lilas'))
    for (const { kind, metadata } of rendered)
      if (!kind.startsWith('Role')) expect(metadata, kind).to.include({ name: 'lilas', namespace: 'lilas' })
    const refused = await render(unnamed, '1-lilas').catch((error: Error) => error.message)
    expect(refused).to.match(/names[.]\w+: the name of the release, 1-lilas, can not be its default/)
  })

  it('quotes names that YAML takes for something else', async () => {
    const names = { bot: 'no', integration: 'on', policy: 'y', primary: '1', backup: 'null' }
    const { code, text } = await tested(await render({ ...exampleValues('lilas'), names }))
    expect(code, text).to.equal(0)
  })

  it('takes a name with "@" for a user and another one for a group, unless it says which', async () => {
    const authors = ['lilas-authors', 'anne@lilas.example', 'user:bo', 'group:all@lilas.example']
    const rendered = objects(await render({ ...exampleValues('lilas'), team: { authors } }))
    const binding = rendered.find(({ metadata }) => metadata.name === 'lilas-author')!
    expect(binding).to.have.nested.property('roleRef.name', 'callbot-author')
    expect(binding.subjects.map(({ kind, name }) => `${kind} ${name}`)).to.deep.equal([
      ...['Group lilas-authors', 'User anne@lilas.example', 'User bo', 'Group all@lilas.example'],
    ])
  })

  it('binds roles that the chart of the operator has', () => {
    const roles = readFileSync('charts/callbot-operator/templates/user-roles.yaml', 'utf8')
    const team = readFileSync(join(clientChartDir, 'templates', 'team.yaml'), 'utf8')
    const bound = [.../dict ([^}]*)/.exec(team)![1]!.matchAll(/"\w+" "([\w-]+)"/g)].map(([, role]) => role)
    expect(bound).to.have.lengthOf(5)
    for (const role of bound) expect(roles).to.match(new RegExp(`^  "${role}" `, 'm'))
  })

  it('has a guide with each value, and an example in it that passes its own tests', async () => {
    const guide = readFileSync('docs/guides/clients.md', 'utf8')
    const schema = JSON.parse(readFileSync(join(clientChartDir, 'values.schema.json'), 'utf8')) as Schema
    for (const name of Object.keys(schema.properties!)) if (name !== 'global') expect(guide).to.include(`\`${name}\``)
    const shown = /^# lilas[.]yaml\n([^]*?)^```/m.exec(guide)![1]!
    const { code, text } = await tested(await render(parse(shown) as ClientValues))
    expect(code, text).to.equal(0)
    const refusal = await renderClient('lilas', 'lilas', ['-'], shown, ['telephone.backup=']).catch(
      (error: Error) => error.message,
    )
    expect(refusal).to.include(/^Error: (.*)$/m.exec(guide)![1]!)
  })

  it('describes each of its values, and has a default for those that may be left out', () => {
    const schema = JSON.parse(readFileSync(join(clientChartDir, 'values.schema.json'), 'utf8')) as Schema
    expect(undescribed(schema, '')).to.deep.equal([])
    const known = Object.keys(parse(readFileSync(join(clientChartDir, 'values.yaml'), 'utf8')) as object)
    const without = Object.keys(schema.properties!).filter((name) => !known.includes(name))
    // By their absence agenda, faq and keepDays say something; the others are needed.
    expect(without).to.have.members([
      ...['template', 'numbers', 'emergencyNumber', 'greeting', 'agenda', 'faq', 'keepDays', 'global'],
    ])
  })
})

interface Schema {
  description?: string
  properties?: Record<string, Schema>
  items?: Schema
}

const undescribed = ({ properties = {}, items }: Schema, path: string): string[] => [
  ...Object.entries(properties).flatMap(([name, each]) => [
    ...(each.description === undefined ? [`${path}.${name}`] : []),
    ...undescribed(each, `${path}.${name}`),
  ]),
  ...(items === undefined ? [] : undescribed(items, `${path}[]`)),
]

/** What a broken one has in place of the example's. */
function changed(values: ClientValues): object {
  const lilas = exampleValues('lilas')
  const differs = ([name, value]: [string, unknown]) => JSON.stringify(value) !== JSON.stringify(lilas[name])
  return Object.fromEntries(Object.entries(values).filter(differs))
}
