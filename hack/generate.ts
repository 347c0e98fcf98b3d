/**
 * Writes what follows from src: the CRDs, their copies for chart and kustomize, a JSON schema for editors, the API reference, and the chart's copies
 * of the SIP proxy's files.
 *
 *   node hack/generate.ts          writes
 *   node hack/generate.ts --check  compares, and exits 1 with the cure when something differs
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { stringify } from 'yaml'
import { allCrds, KIND_PARTS } from '../src/api/printer-columns.ts'
import { editorSchema } from './editor-schema.ts'
import { conditionsPage, indexPage, kindPage } from './generate-reference.ts'

const BY = 'Generated from src/api by "make generate". Change the schema there, not this file.'
const PROXY = ['src/edge/proxy/kamailio.cfg', 'src/edge/proxy/drain.sh']
const PROXY_FOLDER = 'charts/callbot-operator/files/proxy'
const CRD_FOLDERS = ['crds', 'charts/callbot-operator/files/crds', 'config/crd']
const REFERENCE = 'docs/reference'

/** Path -> content of every generated file. */
export function generated(): Map<string, string> {
  const files = new Map<string, string>()
  const crds = allCrds()
  for (const crd of crds) {
    const yaml = `# ${BY}\n${stringify(crd, { lineWidth: 0, aliasDuplicateObjects: false })}`
    for (const folder of CRD_FOLDERS) files.set(join(folder, `${crd.metadata.name}.yaml`), yaml)
  }
  const kustomization = {
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    resources: crds.map(({ metadata: { name } }) => `${name}.yaml`),
  }
  files.set('config/crd/kustomization.yaml', `# ${BY}\n${stringify(kustomization)}`)
  files.set('config/schemas/callbots.dev.json', `${JSON.stringify({ $comment: BY, ...editorSchema(crds) }, null, 1)}\n`)
  const page = (name: string, text: string) => files.set(join(REFERENCE, `${name}.md`), `<!-- ${BY} -->\n\n${text}`)
  page('README', indexPage(KIND_PARTS))
  page('conditions', conditionsPage())
  for (const path of PROXY) {
    const by = `# Copied from ${path} by "make generate". Change it there, not here.`
    files.set(join(PROXY_FOLDER, basename(path)), `${by}\n${readFileSync(path, 'utf8')}`)
  }
  for (const parts of KIND_PARTS) page(parts.descriptor.kind.toLowerCase(), kindPage(parts))
  return files
}

/** Generated files of an earlier time that nothing makes any more. */
function leftOver(files: Map<string, string>): string[] {
  const folders = [...CRD_FOLDERS, REFERENCE].filter((folder) => existsSync(folder))
  return folders
    .flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)))
    .filter((path) => !files.has(path))
    .filter((path) => readFileSync(path, 'utf8').includes(BY))
}

function differing(files: Map<string, string>): string[] {
  const stale = [...files].filter(([path, text]) => !existsSync(path) || readFileSync(path, 'utf8') !== text)
  return [...stale.map(([path]) => path), ...leftOver(files)]
}

function main(argv: string[]) {
  const files = generated()
  const stale = differing(files)
  if (argv.includes('--check')) {
    if (stale.length === 0) return
    console.error(
      `These files differ from what src says:\n  ${stale.join('\n  ')}\nRun "make generate" and commit them.`,
    )
    process.exitCode = 1
    return
  }
  for (const path of leftOver(files)) rmSync(path)
  for (const [path, text] of files) {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
  }
  console.log(stale.length === 0 ? 'Nothing to generate.' : `Generated:\n  ${stale.join('\n  ')}`)
}

if (import.meta.main) main(process.argv.slice(2))
