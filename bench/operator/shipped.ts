/** What image and chart set for Node and glibc, so that what is measured is what ships. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import { repo } from '../../hack/cluster/settings.ts'

type Variable = { name: string; value?: string }
type Container = { env: Variable[]; resources: { limits: { memory: string } } }
type Deployment = {
  metadata: { name: string }
  spec: { template: { spec: { containers: Container[] } } }
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

const ofChart = () => container().env

/** The memory that the chart gives an operator pod at most. */
export function memoryLimitMiB(): number {
  const { memory } = container().resources.limits
  const [, size] = /^(\d+)Mi$/.exec(memory) ?? []
  if (size === undefined) throw new Error(`the limit ${memory} of the chart is not in Mi`)
  return Number(size)
}

function container(): Container {
  const file = join(repo, 'config', 'base', 'operator', 'deployment.yaml')
  const all = parseAllDocuments(readFileSync(file, 'utf8')).map((document) => document.toJS() as Deployment)
  return all.find(({ metadata }) => metadata.name === 'callbot-operator')!.spec.template.spec.containers[0]!
}
