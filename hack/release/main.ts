/**
 * `node hack/release/main.ts`: the parts of a release. The workflow calls `check`, and then `publish`; `rehearse` does the same against a registry on
 * the loopback interface.
 */
import { Command } from 'commander'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { readLocks } from '../audit/sbom.ts'
import { chartDir } from '../chart.ts'
import { actionlint, binary, ensureBinaries } from '../cluster/binaries.ts'
import { step } from '../cluster/progress.ts'
import { repo } from '../cluster/settings.ts'
import { run } from '../cluster/shell.ts'
import { renderTable } from '../cluster/table.ts'
import { writeEvidence } from '../evidence.ts'
import { assemble, referenceOf } from './assemble.ts'
import { checkLocks, checkRegistry, checkVersions } from './checks.ts'
import { RELEASED } from './images.ts'
import { installFromRegistry } from './install.ts'
import { onlyPart, type Part } from './layout.ts'
import { attest, keyless, push, sign, verify } from './publish.ts'
import { rehearse } from './rehearse.ts'

const readJson = (name: string) => JSON.parse(readFileSync(join(repo, name), 'utf8')) as { version: string }
const { version } = readJson('package.json')

/** @throws with every problem that there is */
function check(tag: string, registry: string | undefined): void {
  const chart = parse(readFileSync(join(chartDir, 'Chart.yaml'), 'utf8')) as { version: string; appVersion: string }
  const problems = [
    ...checkVersions({ tag, chart, npm: version, npmLock: readJson('package-lock.json').version }),
    ...checkLocks(readLocks()),
    ...(registry === undefined ? [] : checkRegistry(registry)),
  ]
  if (problems.length > 0) throw new Error(problems.join('\n'))
}

interface Publishing {
  tag: string
  registry: string
  repository: string
  layouts: string
}

/** Images from the layouts of each architecture, LAYOUTS/IMAGE-ARCHITECTURE, into the registry: nothing is pushed before all of it was checked. */
async function publish({ tag, registry, repository, layouts }: Publishing): Promise<void> {
  check(tag, registry)
  const folder = join(repo, 'out', 'release')
  const parts = RELEASED.map((image): [typeof image, Part[]] => [
    image,
    image.architectures.map((each) => onlyPart(join(layouts, `${image.name}-${each}`), each)),
  ])
  const release = await assemble(folder, { version, registry, parts, locks: readLocks() })
  const identity = keyless(repository, tag)
  const references = [await push(release), ...release.images.map((each) => referenceOf(registry, each))]
  for (const reference of references) await sign(reference, identity)
  await attest(release, join(folder, 'sbom'), identity)
  for (const reference of references) {
    const { code, stderr } = await verify(reference, identity)
    if (code !== 0) throw new Error(`${reference} was signed, and does not verify: ${stderr}`)
    console.log(reference)
  }
}

async function releaseCheck({ install }: { install?: true }): Promise<void> {
  check(`v${version}`, undefined)
  await ensureBinaries([actionlint])
  await step('actionlint over the workflows', () => run(binary(actionlint, 'actionlint'), [], { cwd: repo }))
  let ready: string | undefined
  const { published, refused } = await rehearse(async ({ chart, images }) => {
    if (install) ready = await installFromRegistry(chart, images)
  })
  const verified = [...published.images, published.chart]
  const rows = [
    ...verified.map((reference) => ['verifies', reference]),
    ...Object.entries(refused).map(([what, why]) => ['refused', `${what}: ${why}`]),
    ['ready', ready ?? 'not played: make release-check INSTALL=1, with a cluster'],
  ]
  console.log(renderTable(['', 'WHAT'], rows))
  writeEvidence('release-check', { verified: verified.length, refused: Object.keys(refused).length, ready })
}

const program = new Command('release')
program
  .command('check')
  .description('fail when the tag, a lock or the registry is not as a release needs it')
  .requiredOption('--tag <tag>', 'of Git, such as v0.1.0')
  .requiredOption('--registry <registry>', 'HOST[:PORT][/PATH]')
  .action(({ tag, registry }: Publishing) => check(tag, registry))
program
  .command('publish')
  .description('push, sign and verify images and chart')
  .requiredOption('--tag <tag>')
  .requiredOption('--registry <registry>')
  .requiredOption('--repository <owner/name>', 'of GitHub, whose workflow signs')
  .requiredOption('--layouts <folder>', 'with an OCI layout for each image and architecture')
  .action(publish)
program
  .command('rehearse')
  .description('the same against a registry on the loopback interface, with a key of its own')
  .option('--install', 'install the chart from there on the local cluster, until a bot is Ready')
  .action(releaseCheck)

try {
  await program.parseAsync()
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
