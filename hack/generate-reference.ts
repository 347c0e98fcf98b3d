/** The API reference as Markdown: what kubectl explain says, with types, limits, defaults and rules, on one page a kind. */
import { CONDITION_TYPES, CONDITIONS_OF, REASONS, type ConditionType } from '../src/api/conditions.ts'
import { type CrdParts, type JsonSchema, openApiOf } from '../src/api/crd.ts'
import { API_VERSION } from '../src/api/kinds.ts'

/** Text inside a table: no line may end it, no bar may split it. */
const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('\n', ' ').replaceAll('<', '&lt;')

const code = (value: unknown) => `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``

function typeOf(node: JsonSchema): string {
  if (node['x-kubernetes-int-or-string']) return 'integer or text'
  if (node.enum) return node.enum.map(code).join(', ')
  if (node.type === 'array') {
    const what = node.items?.properties ? 'objects' : node.items ? typeOf(node.items) : 'values'
    const keys = node['x-kubernetes-list-map-keys'] as string[] | undefined
    const kind = keys ? `list of objects by ${keys.map(code).join()}` : `list of ${what}`
    return node['x-kubernetes-list-type'] === 'set' ? `${kind}, each once` : kind
  }
  if (node.format === 'date-time') return 'instant (RFC 3339)'
  return { object: 'object', integer: 'integer', string: 'text', boolean: 'true or false' }[node.type ?? ''] ?? 'any'
}

function limitsOf(node: JsonSchema): string[] {
  const { minimum, maximum, minItems, maxItems, minLength, maxLength } = node as Record<string, number | undefined>
  const range = (from: number | undefined, to: number | undefined, unit: string) => {
    if (to === undefined || to > Number.MAX_SAFE_INTEGER - 1) return from === undefined ? [] : [`from ${from}${unit}`]
    return [from === undefined ? `up to ${to}${unit}` : `${from} to ${to}${unit}`]
  }
  if (node.type === 'integer') return range(minimum, maximum, '')
  if (node.type === 'array') return range(minItems, maxItems, ' items')
  return node.type === 'string' && !node.enum && !node.format ? range(minLength, maxLength, ' characters') : []
}

interface Row {
  path: string
  node: JsonSchema
  required: boolean
}

/** Every field below a node, parents first. */
function rowsOf(node: JsonSchema, path: string): Row[] {
  const required = new Set(node.required)
  return Object.entries(node.properties ?? {}).flatMap(([name, field]) => {
    const here = path === '' ? name : `${path}.${name}`
    const inner = field.items ?? field
    return [
      { path: here, node: field, required: required.has(name) },
      ...rowsOf(inner, field.items ? `${here}[]` : here),
    ]
  })
}

const isObject = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value)

function fieldRow({ path, node, required }: Row): string {
  const facts = [
    typeOf(node),
    ...limitsOf(node),
    ...(node.items ? limitsOf(node.items).map((each) => `each ${each}`) : []),
  ]
  // An object that is filled in shows its defaults at its own fields.
  const filled = node.default === undefined || isObject(node.default) ? '' : `default ${code(node.default)}`
  const need = required ? '**required**' : filled
  return `| \`${path}\` | ${cell(facts.join('; '))} | ${cell(need)} | ${cell(node.description ?? '')} |`
}

const table = (rows: Row[]) =>
  ['| Field | Type | | What it does |', '|---|---|---|---|', ...rows.map(fieldRow)].join('\n')

/** The rules of a node and of all below it, with the place where they apply. */
function rulesBelow(node: JsonSchema, path: string): string[] {
  const own = (node['x-kubernetes-validations'] as { message: string; rule: string }[] | undefined) ?? []
  const inner = Object.entries(node.properties ?? {}).flatMap(([name, field]) => {
    const here = path === '' ? name : `${path}.${name}`
    return [...rulesBelow(field, here), ...(field.items ? rulesBelow(field.items, `${here}[]`) : [])]
  })
  return [...own.map(({ message }) => `- \`${path === '' ? 'the object' : path}\`: ${message}`), ...inner]
}

function columnsOf({ columns }: CrdParts): string {
  const rows = columns.map(
    ({ name, description, priority }) => `| ${name} | ${cell(description)}${priority ? ' (with `-o wide`)' : ''} |`,
  )
  return ['| Column | What it shows |', '|---|---|', ...rows].join('\n')
}

/** One kind on one page. */
export function kindPage(parts: CrdParts): string {
  const { kind, plural } = parts.descriptor
  const { description = '', properties = {}, ...root } = openApiOf(parts.schema)
  const section = (name: 'spec' | 'status') => table(rowsOf(properties[name] ?? {}, ''))
  const rules = [...rulesBelow({ ...root, properties: { spec: properties['spec'] ?? {} } }, '')]
  return [
    `# ${kind}`,
    description,
    `\`apiVersion: ${API_VERSION}\`, \`kind: ${kind}\`; \`kubectl get ${plural}\`, or \`${parts.shortNames.join('`, `')}\` for short.`,
    `## Columns\n\n${columnsOf(parts)}`,
    `## spec\n\n${section('spec')}`,
    `## Rules\n\nRules that types can not express. The API server rejects an object that breaks one, with this message.\n\n${rules.join('\n')}`,
    `## status\n\n${section('status')}`,
    '',
  ].join('\n\n')
}

/** Where to begin. */
export function indexPage(kinds: readonly CrdParts[]): string {
  const rows = kinds.map(({ descriptor: { kind, plural }, shortNames, schema }) => {
    const short = shortNames.map(code).join()
    return `| [${kind}](${kind.toLowerCase()}.md) | \`${plural}\`, ${short} | ${cell(schema.description ?? '')} |`
  })
  return [
    '# API reference',
    `The kinds of \`${API_VERSION}\`. The same texts are in \`kubectl explain callbot.spec\`.`,
    ['| Kind | Names for kubectl | What it is |', '|---|---|---|', ...rows].join('\n'),
    'The conditions of a status and what to do about each: [conditions](conditions.md).',
    '',
  ].join('\n\n')
}

/** Every condition and reason, from the one list. */
export function conditionsPage(): string {
  const types = Object.entries(CONDITIONS_OF).map(([kind, names]) => {
    const lines = (names as readonly ConditionType[]).map((name) => `| ${name} | ${cell(CONDITION_TYPES[name])} |`)
    return [`### ${kind}\n`, '| Type | What it means |', '|---|---|', ...lines].join('\n')
  })
  const reasons = Object.entries(REASONS).map(
    ([name, { when, message, runbook }]) =>
      `| <a id="${runbook}"></a>${name} | ${cell(when)} | ${cell(message.replaceAll(/\{(\w+)\}/g, '_$1_'))} |`,
  )
  return [
    '# Conditions',
    'Each condition of a status has a type, a status, a reason (one word) and a message (a sentence with the fix).',
    `## Types\n\n${types.join('\n\n')}`,
    `## Reasons\n\n| Reason | When it is set | Message |\n|---|---|---|\n${reasons.join('\n')}`,
    '',
  ].join('\n\n')
}
