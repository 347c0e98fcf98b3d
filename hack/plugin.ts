/**
 * `make plugin`: the kubectl plugin. One file for whoever has Node, a binary for this platform with Node within, an archive of it, and the manifest by
 * which krew installs it.
 */
import { build } from 'esbuild'
import { createHash } from 'node:crypto'
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { run } from './cluster/shell.ts'
import { step } from './cluster/progress.ts'
import { repo } from './cluster/settings.ts'

const NAME = 'kubectl-callbot'
/** By which kubectl completes what is typed of the plugin. */
const COMPLETION = 'kubectl_complete-callbot'
const HOME = 'https://github.com/callbot-operator/callbot-operator'

export interface Plugin {
  /** For whoever has Node. */
  script: string
  /** With Node within. */
  binary: string
}

/** @param folder made new: with the plugin under the names by which kubectl finds it */
export async function buildPlugin(folder: string): Promise<Plugin> {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const [script, binary] = [join(folder, `${NAME}.mjs`), join(folder, NAME)]
  await step('plugin: one file', () => bundle(script))
  await step('plugin: a binary for this platform', () => makeBinary(script, binary, join(folder, 'sea.json')))
  write(join(folder, COMPLETION), `#!/bin/sh\nexec ${NAME} __complete "$@"\n`)
  return { script, binary }
}

/** @returns the archive; beside it lies callbot.yaml, the manifest for krew */
async function pack(folder: string): Promise<string> {
  const platform = { os: process.platform, arch: process.arch === 'x64' ? 'amd64' : process.arch }
  const archive = join(folder, `${NAME}-${platform.os}-${platform.arch}.tar.gz`)
  await step('plugin: archive and krew manifest', async () => {
    writeFileSync(join(folder, 'LICENSE'), readFileSync(join(repo, 'LICENSE')))
    await run('tar', ['-czf', archive, '-C', folder, NAME, COMPLETION, 'LICENSE'])
    writeFileSync(join(folder, 'callbot.yaml'), krewManifest(platform, archive))
  })
  return archive
}

async function bundle(outfile: string): Promise<void> {
  await build({
    ...{
      entryPoints: [join(repo, 'src', 'kubectl-callbot.ts')],
      outfile,
      bundle: true,
      platform: 'node',
      format: 'esm',
    },
    ...{ target: 'node26', minify: true, legalComments: 'eof', logLevel: 'warning' },
    // Packages in CommonJS ask for modules of Node by require, which an ES module doesn't have.
    banner: {
      js: "#!/usr/bin/env node\nimport { createRequire as make } from 'node:module'\nconst require = make(import.meta.url)",
    },
  })
  chmodSync(outfile, 0o755)
}

/** Node's own single executable: the program behind a copy of the Node that runs this. */
async function makeBinary(script: string, binary: string, config: string): Promise<void> {
  const main = `${script}.sea.mjs`
  // The first line is for a shell.
  writeFileSync(main, readFileSync(script, 'utf8').replace(/^#!.*\n/, ''))
  writeFileSync(
    config,
    JSON.stringify({ main, mainFormat: 'module', output: binary, disableExperimentalSEAWarning: true }),
  )
  await run(process.execPath, ['--build-sea', config])
  chmodSync(binary, 0o755)
  for (const each of [main, config]) rmSync(each)
}

function write(path: string, text: string): void {
  writeFileSync(path, text)
  chmodSync(path, 0o755)
}

/** @see https://krew.sigs.k8s.io/docs/developer-guide/plugin-manifest/ */
function krewManifest({ os, arch }: { os: string; arch: string }, archive: string): string {
  const { version } = JSON.parse(readFileSync(join(repo, 'package.json'), 'utf8')) as { version: string }
  const name = archive.split('/').at(-1)!
  return stringify({
    ...{ apiVersion: 'krew.googlecontainertools.github.com/v1alpha2', kind: 'Plugin', metadata: { name: 'callbot' } },
    spec: {
      ...{
        version: `v${version}`,
        homepage: HOME,
        shortDescription: 'Drill the backups of callbots, and check the records',
      },
      description:
        'Begins and ends drills of backups, reports what they measured, and verifies their records. Places test calls. Plays bots without a cluster.',
      platforms: [
        {
          selector: { matchLabels: { os, arch } },
          uri: `${HOME}/releases/download/v${version}/${name}`,
          sha256: createHash('sha256').update(readFileSync(archive)).digest('hex'),
          bin: NAME,
        },
      ],
    },
  })
}

if (import.meta.main) {
  const folder = join(repo, 'out', 'plugin')
  const { script, binary } = await buildPlugin(folder)
  const archive = await pack(folder)
  process.stdout.write(
    `\n${script}\n${binary}\n${archive}\nInstall it: kubectl krew install --manifest=${folder}/callbot.yaml --archive=${archive}\n`,
  )
  process.stdout.write(`Or copy ${NAME} and ${COMPLETION} into a folder of PATH.\n`)
}
