/** The tools of the audit, each from a registry and pinned by hash: Go modules by go.sum, Python packages by requirements.txt. */
import { join } from 'node:path'
import { binary, ensureBinaries, gitleaks, helm, kubeScore } from '../cluster/binaries.ts'
import { repo } from '../cluster/settings.ts'
import { tryRun } from '../cluster/shell.ts'
import { pythonPackages } from '../python.ts'

const requirements = join(import.meta.dirname, 'requirements.txt')

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
  const dir = await pythonPackages('audit', 'checkov and hadolint', requirements)
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
