/** What is audited besides the repository itself: the chart as it is installed, and the objects that the operator makes of a bot. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse, parseAllDocuments, stringify } from 'yaml'
import { renderChart } from '../chart.ts'
import { repo } from '../cluster/settings.ts'

/** Dockerfiles of the images that we ship, relative to the repository. */
export const dockerfiles = [
  'Dockerfile',
  'Dockerfile.edge',
  'Dockerfile.relay',
  'Dockerfile.speech',
  'Dockerfile.postgres',
]

const freshBot = join(repo, 'test', 'golden', 'operator', 'a-fresh-bot', 'plan.yaml')

interface Plan {
  steps: { do: string; manifest?: object }[]
}

/** Writes them to a folder of their own; resolves with the files. */
export async function writeSubjects(folder: string): Promise<string[]> {
  mkdirSync(folder, { recursive: true })
  const chart = await renderChart([join(import.meta.dirname, 'values.yaml')], ['crds.install=false'])
  const bot = (parse(readFileSync(freshBot, 'utf8')) as Plan).steps.flatMap(({ manifest }) => manifest ?? [])
  const texts = { chart: parseAllDocuments(chart).map((each) => each.toJSON() as object | null), bot }
  return Object.entries(texts).map(([name, objects]) => {
    const file = join(folder, `${name}.yaml`)
    writeFileSync(
      file,
      objects
        .filter((each) => each !== null)
        .map((each) => `---\n${stringify(each)}`)
        .join(''),
    )
    return file
  })
}
