/** Who runs: how each is built, started and named. */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { accessIn } from '../../hack/cluster/api.ts'
import { step } from '../../hack/cluster/progress.ts'
import { cacheDir, repo } from '../../hack/cluster/settings.ts'
import { run, tryRun } from '../../hack/cluster/shell.ts'
import { asInPod } from '../../test/harness/service-account.ts'
import type { ContestantName } from './options.ts'
import type { Command } from './process.ts'
import type { Server } from './server.ts'
import { shippedEnvironment } from './shipped.ts'
import { goTuning, namesOf } from './tuning.ts'

export type Contestant = {
  name: ContestantName
  title: string
  /** Builds or installs it; quick when that is done already. */
  prepare: () => Promise<void>
  command: (server: Server, concurrency: number) => Command
}

const here = import.meta.dirname
const binDir = join(cacheDir, 'bench-operator')
const compileCache = join(binDir, 'node')
const requirements = join(here, 'kopf', 'requirements.txt')

const ours: Contestant = {
  name: 'ours',
  title: 'callbot operator (Node)',
  prepare: warmCompileCache,
  command: (server, concurrency) => ({
    program: join(repo, 'node_modules', '.bin', 'node'),
    args: [join(repo, 'src', 'main.ts'), 'operator'],
    cwd: repo,
    env: {
      ...shippedEnvironment(compileCache),
      // As in a pod: what reads a kubeconfig would cost memory that no pod pays.
      ...asInPod({ ...accessIn(server.kubeconfig('contestant')), token: server.token }, join(server.dir, 'account')),
      POD_NAME: 'callbot-operator-bench',
      POD_NAMESPACE: 'callbot-system',
      CALLBOT_IMAGE: 'localhost/callbot-operator:dev',
      CALLBOT_CONCURRENCY: String(concurrency),
      CALLBOT_METRICS_PORT: '0',
      CALLBOT_HEALTH_PORT: '0',
    },
  }),
}

/** The image is built with a warm cache; here the first start would measure a cold one. */
async function warmCompileCache(): Promise<void> {
  const operator = join(repo, 'src', 'operator', 'main.ts')
  await run(join(repo, 'node_modules', '.bin', 'node'), ['--input-type=module', '-e', `await import('${operator}')`], {
    env: shippedEnvironment(compileCache),
  })
}

const go: Contestant = {
  name: 'go',
  title: 'Go controller-runtime',
  prepare: () => buildGo('peer'),
  command: (server, concurrency) => ({
    program: join(binDir, 'peer'),
    args: [`--concurrency=${concurrency}`],
    cwd: here,
    env: { KUBECONFIG: server.kubeconfig('contestant'), ...goTuning() },
  }),
}

const kopf: Contestant = {
  name: 'kopf',
  title: 'kopf (Python)',
  prepare: installKopf,
  command: (server, concurrency) => ({
    program: join(kopfDir(), 'bin', 'kopf'),
    args: ['run', '--standalone', '--all-namespaces', '--quiet', join(here, 'kopf', 'callbots.py')],
    cwd: here,
    env: {
      KUBECONFIG: server.kubeconfig('contestant'),
      CONCURRENCY: String(concurrency),
      PYTHONDONTWRITEBYTECODE: '1',
    },
  }),
}

export const CONTESTANTS: Record<ContestantName, Contestant> = { ours, go, kopf }

/** The stand-in for kubelets, scheduler and Deployment controller (see go/standin/main.go). */
export const prepareStandin = () => buildGo('standin')

export const standinCommand = (kubeconfig: string): Command => ({
  program: join(binDir, 'standin'),
  args: [`--kubeconfig=${kubeconfig}`],
  cwd: here,
  env: { GOGC: '400' },
})

/** The go command itself knows what is up to date. */
async function buildGo(name: 'peer' | 'standin'): Promise<void> {
  mkdirSync(binDir, { recursive: true })
  await step(`go build ${name}`, () =>
    run('go', ['build', '-trimpath', '-ldflags', '-s -w', '-o', join(binDir, name), `./${name}`], {
      cwd: join(here, 'go'),
      env: { CGO_ENABLED: '0' },
    }),
  )
}

const kopfDir = () =>
  join(binDir, `kopf-${createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 12)}`)

async function installKopf(): Promise<void> {
  const dir = kopfDir()
  if (existsSync(join(dir, 'finished'))) return
  const python = await newestPython()
  await step(`installing kopf with ${python}`, async () => {
    rmSync(dir, { recursive: true, force: true }) // what an interrupted installation left
    await run(python, ['-m', 'venv', dir])
    await run(join(dir, 'bin', 'pip'), ['install', '--quiet', '--require-hashes', '--requirement', requirements])
    mkdirSync(join(dir, 'finished'))
  })
}

/** The newest Python there is: each version is faster than the one before. */
async function newestPython(): Promise<string> {
  for (const name of ['python3.14', 'python3.13', 'python3.12', 'python3.11', 'python3']) {
    const found = await tryRun(name, ['-c', 'import sys, venv; print(sys.executable)']).catch(() => undefined)
    if (found?.code === 0) return found.stdout.trim()
  }
  throw new Error('kopf needs Python 3.11 or newer with the venv module: install python3 and python3-venv')
}

/** The version of each framework that is measured. */
export async function versions(): Promise<Record<ContestantName, string>> {
  const packageJson = JSON.parse(readFileSync(join(repo, 'package.json'), 'utf8')) as { version: string }
  const gomod = readFileSync(join(here, 'go', 'go.mod'), 'utf8')
  const python = await tryRun(join(kopfDir(), 'bin', 'python'), ['--version']).catch(() => undefined)
  const goVersion = await tryRun('go', ['env', 'GOVERSION']).catch(() => undefined)
  return {
    ours: `${packageJson.version}, Node ${process.versions.node}, ${shippedEnvironment('')['NODE_OPTIONS']}`,
    go: `${/controller-runtime (v\S+)/.exec(gomod)?.[1]}, ${goVersion?.stdout.trim()}, ${namesOf(goTuning())}`,
    kopf: `${/^kopf==(\S+)/m.exec(readFileSync(requirements, 'utf8'))?.[1]}, ${python?.stdout.trim()}`,
  }
}
