/** The tools of the audit, each from a registry and pinned by hash: Go modules by go.sum, Python packages by requirements.txt. */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { binary, ensureBinaries, gitleaks, helm, kubeScore } from '../cluster/binaries.ts'
import { step } from '../cluster/progress.ts'
import { cacheDir, repo } from '../cluster/settings.ts'
import { run, tryRun } from '../cluster/shell.ts'

const requirements = join(import.meta.dirname, 'requirements.txt')

/** Where the Python tools are once they are installed whole. */
function pythonDir(): string {
  const hash = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 12)
  return join(cacheDir, `audit-${hash}`)
}

export interface Tools {
  kubeScore: string
  gitleaks: string
  /** Command line of hadolint, a static program in a Python package. */
  hadolint: string
  /** Runs checkov with these arguments. Its exit code says that it found something, so only its output counts. */
  checkov: (args: readonly string[]) => Promise<string>
}

/**
 * Builds and installs what is missing: three minutes on two cores, nothing after that.
 * @throws when a registry can't be reached, or serves something else than what is pinned
 */
export async function ensureTools(): Promise<Tools> {
  await ensureBinaries([helm, kubeScore, gitleaks])
  const dir = pythonDir()
  if (!existsSync(dir)) await installPython(dir)
  return {
    kubeScore: binary(kubeScore, 'kube-score'),
    gitleaks: binary(gitleaks, 'gitleaks'),
    hadolint: join(dir, 'bin', 'hadolint'),
    checkov: async (args) => {
      // It would look for newer versions, and for its rules' explanations, on a server of its maker.
      const env = { PYTHONPATH: dir, PYTHONDONTWRITEBYTECODE: '1', CHECKOV_RUN_SCA_PACKAGE_SCAN_V2: 'false' }
      const quiet = ['--skip-download', '--output', 'json']
      const ran = await tryRun('python3', ['-s', join(dir, 'bin', 'checkov'), ...quiet, ...args], { cwd: repo, env })
      if (ran.stdout.trim() === '') throw new Error(`checkov printed no report: ${ran.stderr.trim().slice(-2000)}`)
      return ran.stdout
    },
  }
}

/** With --target neither a virtual environment nor Debian's own packages take part. */
async function installPython(dir: string): Promise<void> {
  const fresh = `${dir}.${process.pid}`
  mkdirSync(cacheDir, { recursive: true })
  await step('installing checkov and hadolint (once)', async () => {
    const how = ['--quiet', '--disable-pip-version-check', '--no-warn-script-location', '--root-user-action=ignore']
    const what = ['--require-hashes', '--no-deps', '--requirement', requirements, '--target', fresh]
    await run('python3', ['-m', 'pip', 'install', ...how, ...what]).catch((cause: Error) => {
      throw new Error(`checkov can't be installed: let pip reach PyPI, with Python 3.11 or newer\n${cause.message}`, {
        cause,
      })
    })
    rmSync(dir, { recursive: true, force: true })
    renameSync(fresh, dir)
  })
}
