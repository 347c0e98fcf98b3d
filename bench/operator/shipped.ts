/** What image and chart set for Node and glibc, so that what is measured is what ships. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import { repo } from '../../hack/cluster/settings.ts'

type Variable = { name: string; value?: string }
type Deployment = {
  metadata: { name: string }
  spec: { template: { spec: { containers: { env: Variable[] }[] } } }
}

/** @param compileCache takes the place of the image's folder of compiled code */
export function shippedEnvironment(compileCache: string): Record<string, string> {
  const shipped = [...ofImage(), ...ofChart()].filter(({ name }) => /^(NODE|MALLOC)_\w+$/.test(name))
  const env = Object.fromEntries(shipped.map(({ name, value = '' }) => [name, value]))
  return 'NODE_COMPILE_CACHE' in env ? { ...env, NODE_COMPILE_CACHE: compileCache } : env
}

function ofImage(): Variable[] {
  const lines = readFileSync(join(repo, 'Dockerfile'), 'utf8').matchAll(/^ENV (\w+)=(.*)$/gm)
  return [...lines].map(([, name, value]) => ({ name: name!, value: value!.replace(/^"(.*)"$/, '$1') }))
}

function ofChart(): Variable[] {
  const file = join(repo, 'config', 'base', 'operator', 'deployment.yaml')
  const all = parseAllDocuments(readFileSync(file, 'utf8')).map((document) => document.toJS() as Deployment)
  return all.find(({ metadata }) => metadata.name === 'callbot-operator')!.spec.template.spec.containers[0]!.env
}
