import Ajv from 'ajv'
import { expect } from 'chai'
import { readFileSync } from 'node:fs'
import { openApiOf, type JsonSchema } from '../../src/api/crd.ts'
import { KIND_PARTS } from '../../src/api/printer-columns.ts'
import { invalidCases, notServedObjects, validObjects } from '../harness/contract-cases.ts'

const schema = JSON.parse(readFileSync('config/schemas/callbots.dev.json', 'utf8')) as object
const validate = new Ajv({ allErrors: true }).compile(schema)
const errorsOf = (object: unknown) =>
  validate(object) ? [] : validate.errors!.map(({ dataPath, message }) => `${dataPath} ${message}`)
const isOurs = ({ object }: { object: { apiVersion?: string } }) => object.apiVersion === 'callbots.dev/v1alpha1'

/** Messages of rules that only the API server can judge: CEL, but for patterns and for fields that are not served. */
const messagesOf = (node: JsonSchema): string[] => [
  ...((node['x-kubernetes-validations'] ?? []) as { rule: string; message: string }[]).flatMap(({ rule, message }) =>
    rule === 'false' || /^self\.matches\(r'[^']*'\)$/.test(rule) ? [] : [message],
  ),
  ...[...Object.values(node.properties ?? {}), ...(node.items ? [node.items] : [])].flatMap(messagesOf),
]
/** Of lists whose items have a name: no JSON schema can say that names differ. */
const SAME_NAME = /-(same-name|class-twice)[.]/
const cel = KIND_PARTS.flatMap(({ schema: kind }) => messagesOf(openApiOf(kind)))

describe('the JSON schema for editors', () => {
  it('finds nothing wrong with a sample, or with an object that has every field', () => {
    const objects = validObjects().filter(isOurs)
    expect(objects.length).to.be.greaterThan(8)
    for (const { file, object } of objects) expect(errorsOf(object), file).to.deep.equal([])
  })

  it('finds fault with each invalid manifest in which one field alone is wrong', () => {
    const judged = invalidCases().filter(
      ({ file, refused, objects }) =>
        objects.length === 1 && !SAME_NAME.test(file) && !cel.some((message) => message.includes(refused)),
    )
    expect(judged.length).to.be.greaterThan(60)
    expect(judged.filter(({ objects }) => errorsOf(objects[0]).length === 0).map(({ file }) => file)).to.deep.equal([])
  })

  it('finds fault with a field that is not served, or that there is not, and with a kind that is not ours', () => {
    for (const { file, object } of notServedObjects()) expect(errorsOf(object), file).to.not.deep.equal([])
    const bot = validObjects().find(({ file }) => file === '30-callbot.yaml')!.object
    expect(errorsOf({ ...bot, spec: { ...(bot['spec'] as object), numers: [] } })).to.not.deep.equal([])
    expect(errorsOf({ ...bot, kind: 'Calbot' })).to.not.deep.equal([])
  })
})
