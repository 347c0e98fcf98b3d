/** The recipes of docs/guides/carriers.md, as a reader takes them from there. */
import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { integrationSchema } from '../../src/api/integration.ts'
import { declaredTrunks } from '../../src/operator/render/edge-trunks.ts'
import type { TrunkGroup } from '../../src/rules/trunks.ts'

export interface Recipe {
  /** Values of the chart, as for `--set`. */
  values: string[]
  /** Of the manifest; undefined: the recipe has none. */
  trunks: Omit<TrunkGroup, 'integration' | 'epoch'> | undefined
  /** Text of each configuration file of the other side, by its name. */
  files: Readonly<Record<string, string>>
}

/** @param title that of the section */
export function recipeOf(title: string): Recipe {
  const section = readFileSync('docs/guides/carriers.md', 'utf8')
    .split(/^## /m)
    .find((text) => text.startsWith(`${title}\n`))
  if (section === undefined) throw new Error(`docs/guides/carriers.md has no section ${title}`)
  const blocks = (language: string) =>
    [...section.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms'))].map(([, text]) => text!)
  const objects = blocks('yaml').map((text) => parse(text) as Record<string, unknown>)
  const manifest = objects.find((object) => 'kind' in object)
  const sip = manifest && integrationSchema.parse(manifest).spec.sip!
  return {
    values: objects.filter((object) => !('kind' in object)).flatMap((object) => setsOf(object, '')),
    trunks: sip && declaredTrunks(sip),
    files: filesIn(blocks('ini').join('\n')),
  }
}

function setsOf(value: unknown, path: string): string[] {
  if (Array.isArray(value)) return [`${path}={${value.join(',')}}`]
  if (typeof value !== 'object' || value === null) return [`${path}=${String(value)}`]
  return Object.entries(value).flatMap(([name, child]) => setsOf(child, path === '' ? name : `${path}.${name}`))
}

/** Each begins with a comment that has its name. */
function filesIn(text: string): Record<string, string> {
  const parts = text.split(/^; (\w+[.]conf).*$/m).slice(1)
  return Object.fromEntries(parts.flatMap((name, at) => (at % 2 === 0 ? [[name, parts[at + 1]!]] : [])))
}
