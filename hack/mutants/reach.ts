/** Which tests import a file, directly or by others. */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** Who starts the program reaches what it imports. */
const PROGRAM = /src(?:\/|', ')main\.ts/
const IMPORTS = /(?:from|import\(|import|new URL\()\s*'(\.[^']+\.ts)'/g

/** Everything that a file imports, itself included. */
export function closureOf(file: string, known = new Map<string, string[]>()): Set<string> {
  const closure = new Set<string>()
  const open = [file]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (closure.has(next)) continue
    closure.add(next)
    const imports = known.get(next) ?? importsOf(next)
    known.set(next, imports)
    open.push(...imports)
  }
  return closure
}

function importsOf(file: string): string[] {
  if (!existsSync(file)) return []
  const text = readFileSync(file, 'utf8')
  const imports = [...text.matchAll(IMPORTS)].map(([, path]) => join(dirname(file), path!))
  return PROGRAM.test(text) ? [...imports, 'src/main.ts'] : imports
}

/** Where CONTRIBUTING.md has the unit test of a file. */
const ownTestOf = (file: string) => file.replace(/^src\/(.*)\.ts$/, 'test/unit/$1.test.ts')

/** The tests that reach a file: its own first, then those with the fewest imports, which are nearest to it. */
export function testsOf(file: string, closures: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  const distance = ([test, closure]: readonly [string, ReadonlySet<string>]) =>
    test === ownTestOf(file) ? 0 : closure.size
  return [...closures]
    .filter(([, closure]) => closure.has(file))
    .toSorted((one, other) => distance(one) - distance(other))
    .map(([test]) => test)
}
