import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { repo } from '../../hack/cluster/settings.ts'

/** What the Dockerfile says of Node and glibc: what is tested and measured shall be what runs. */
const dockerfile = readFileSync(join(repo, 'Dockerfile'), 'utf8')
const variables = Object.fromEntries(
  Array.from(dockerfile.matchAll(/^ENV (\w+)="?(.*?)"?$/gm), ([, name, value]) => [name!, value!]),
)
const variable = (name: string): string => {
  const value = variables[name]
  if (value === undefined) throw new Error(`the Dockerfile sets no ${name}: take it out of test/harness/image-flags.ts`)
  return value
}

/** Flags of Node by which its memory is overwritten. */
export const imageFlags = ['--clear-free-memory', '--no-memory-pool', '--expose-gc'] as const
for (const flag of imageFlags)
  if (!dockerfile.includes(`"${flag}", `)) throw new Error(`the ENTRYPOINT of the Dockerfile has no ${flag}`)

/** Flags of Node by which its memory is small. */
export const imageOptions: readonly string[] = variable('NODE_OPTIONS').split(' ')

/** Variables of glibc, for both. */
export const imageEnv: Readonly<Record<string, string>> = Object.fromEntries(
  ['GLIBC_TUNABLES', 'MALLOC_ARENA_MAX', 'MALLOC_TRIM_THRESHOLD_'].map((name) => [name, variable(name)]),
)
