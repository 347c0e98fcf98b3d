import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { repo } from '../../hack/cluster/settings.ts'
import { run } from '../../hack/cluster/shell.ts'

type Json = null | boolean | number | string | Json[] | { [key: string]: Json }
type Schema = { [key: string]: Json }
interface Kind {
  group: string
  version: string
  kind: string
}

/**
 * Writes strict JSON schemas, one file a kind, in the names that `kubeconform -schema-location` looks for: Kubernetes'
 * own kinds from the OpenAPI files that come with its source, ours from the CRDs.
 */
export async function writeSchemas(folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true })
  for (const file of await kubernetesSpecs()) writeKinds(folder, JSON.parse(readFileSync(file, 'utf8')) as OpenApi)
  const crds = join(repo, 'crds')
  for (const file of readdirSync(crds).filter((name) => name !== 'kustomization.yaml')) {
    writeCrd(folder, parse(readFileSync(join(crds, file), 'utf8')) as Crd)
  }
}

/** What to hand to kubeconform for that folder. */
export const schemaLocation = (folder: string) => join(folder, '{{.ResourceKind}}{{.KindSuffix}}.json')

interface OpenApi {
  components: { schemas: Record<string, Schema> }
}

async function kubernetesSpecs(): Promise<string[]> {
  const cwd = join(repo, 'hack', 'kubernetes')
  const { Dir } = JSON.parse(await run('go', ['mod', 'download', '-json', 'k8s.io/kubernetes'], { cwd })) as {
    Dir: string
  }
  const folder = join(Dir, 'api', 'openapi-spec', 'v3')
  return readdirSync(folder)
    .filter((name) => /__v\d+_openapi[.]json$/.test(name) && /^apis?__/.test(name))
    .map((name) => join(folder, name))
}

function writeKinds(folder: string, { components }: OpenApi): void {
  const definitions = strict(components.schemas) as Schema
  for (const schema of Object.values(components.schemas)) {
    const kinds = (schema['x-kubernetes-group-version-kind'] ?? []) as unknown as Kind[]
    // Options of a request (DeleteOptions) belong to every group: nobody writes those to a file.
    if (kinds.length !== 1) continue
    writeSchema(folder, kinds[0]!, { ...(strict(schema) as Schema), definitions })
  }
}

interface Crd {
  spec: {
    group: string
    names: { kind: string }
    versions: { name: string; schema: { openAPIV3Schema: Schema } }[]
  }
}

function writeCrd(folder: string, { spec }: Crd): void {
  for (const { name, schema } of spec.versions) {
    const root = schema.openAPIV3Schema
    const own = { apiVersion: { type: 'string' }, kind: { type: 'string' }, metadata: { type: 'object' } }
    const properties = { ...(root['properties'] as Schema), ...own }
    writeSchema(
      folder,
      { group: spec.group, version: name, kind: spec.names.kind },
      strict({ ...root, properties }) as Schema,
    )
  }
}

function writeSchema(folder: string, { group, version, kind }: Kind, schema: Schema): void {
  const suffix = group === '' ? version : `${group.split('.')[0]}-${version}`
  writeFileSync(join(folder, `${kind}-${suffix}.json`.toLowerCase()), JSON.stringify(schema))
}

/** No field that the schema doesn't know; integers or strings where Kubernetes allows both; references kept at home. */
function strict(node: Json): Json {
  if (Array.isArray(node)) return node.map(strict)
  if (node === null || typeof node !== 'object') return node
  if (typeof node['$ref'] === 'string') {
    return { $ref: node['$ref'].replace('#/components/schemas/', '#/definitions/') }
  }
  const result = Object.fromEntries(Object.entries(node).map(([key, value]) => [key, strict(value)])) as Schema
  if (node['x-kubernetes-int-or-string'] === true) return { type: ['integer', 'string'] }
  const closed = isSchemaWithProperties(node) && node['x-kubernetes-preserve-unknown-fields'] !== true
  return closed ? { ...result, additionalProperties: false } : result
}

/** A schema, not a map of properties that happens to have one called `properties`. */
function isSchemaWithProperties(node: Schema): boolean {
  return (
    node['type'] === 'object' && typeof node['properties'] === 'object' && node['additionalProperties'] === undefined
  )
}
