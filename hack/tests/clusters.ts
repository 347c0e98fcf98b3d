/** The clusters that tests use: everybody's, and a second one where the machine has the cores and the memory for it. */
import { copyFileSync, globSync, mkdtempSync, rmSync } from 'node:fs'
import { spawn } from 'node:child_process'
import { availableParallelism, tmpdir, totalmem } from 'node:os'
import { basename, join } from 'node:path'
import { instance, logDirOf, usesCurrentCluster } from '../cluster/settings.ts'

/** Instance 1 is for the tests of the local cluster itself. */
const SECOND = 2
const GIGABYTE = 1024 ** 3
/** Two clusters with what tests start in them take 10 GB; on two cores, callers would lose voice. */
const ENOUGH = { memory: 15 * GIGABYTE, cores: 4 }

/** The folder with the audit logs of clusters that are gone, for the test that judges rights. */
export const AUDIT_LOGS = 'TEST_AUDIT_LOGS'

export interface Clusters {
  readonly instances: readonly number[]
  /** Takes away what stands in the way of tests that measure time. Its audit logs stay. */
  removeSecond(): Promise<void>
  /** Leaves what ran before. */
  removeAll(): Promise<void>
}

/** @param machine memory in octets. @param wanted the variable CLUSTERS, 1 or 2 */
export function instancesFor(
  machine = { memory: totalmem(), cores: availableParallelism() },
  wanted = process.env['CLUSTERS'],
): number[] {
  const isEnough = machine.memory >= ENOUGH.memory && machine.cores >= ENOUGH.cores
  const areTwo = !usesCurrentCluster && instance === 0 && (wanted === undefined ? isEnough : wanted === '2')
  return areTwo ? [instance, SECOND] : [instance]
}

/** Starts or repairs them, one after the other, with images. @param signal ends it. @returns undefined when one could not be started: it has said why */
export async function bringUp(signal?: AbortSignal): Promise<Clusters | undefined> {
  const instances = instancesFor()
  const ran = new Set<number>()
  for (const each of instances)
    if (!usesCurrentCluster && (await verb(each, 'status', { stdio: 'ignore' })) === 0) ran.add(each)
  for (const each of instances)
    for (const what of ['ready', 'tools'])
      if ((await verb(each, what, { signal })) !== 0 || signal?.aborted) return undefined
  const left = new Set(usesCurrentCluster ? [] : instances.filter((each) => !ran.has(each)))
  const remove = async (which: readonly number[]) => {
    // In silence: the closing line is for machines too, and has to stay the last.
    for (const each of which) if (left.delete(each)) await verb(each, 'down', { stdio: 'ignore' })
  }
  const logs = mkdtempSync(join(tmpdir(), 'callbot-audit-'))
  process.env[AUDIT_LOGS] = logs
  return {
    instances,
    removeSecond: async () => {
      if (!instances.includes(SECOND) || instance === SECOND) return
      for (const log of globSync(join(logDirOf(SECOND), 'audit*.log'))) copyFileSync(log, join(logs, basename(log)))
      await remove([SECOND])
    },
    removeAll: async () => {
      rmSync(logs, { recursive: true, force: true })
      await remove(instances)
    },
  }
}

/** Runs a verb of the local cluster in a process of its own, since an instance is a process' own. Resolves with its exit code. */
function verb(
  which: number,
  what: string,
  { stdio = 'inherit', signal }: { stdio?: 'inherit' | 'ignore'; signal?: AbortSignal | undefined } = {},
): Promise<number> {
  const program = ['node', 'hack/cluster/main.ts', what]
  const [command, ...args] = what === 'down' ? ['timeout', '300', ...program] : program
  const child = spawn(command!, args, {
    env: { ...process.env, CLUSTER_INSTANCE: `${which}` },
    stdio,
  })
  const end = () => child.kill('SIGTERM')
  signal?.addEventListener('abort', end, { once: true })
  return new Promise<number>((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', (code) => resolve(code ?? 1))
  }).finally(() => signal?.removeEventListener('abort', end))
}
