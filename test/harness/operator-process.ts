import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { repo } from '../../hack/cluster/settings.ts'

/** The operator itself, as a process of this machine. */
export interface OperatorProcess {
  /** kill -9. */
  kill(): void
  /** Whether it printed that. */
  says(text: string): boolean
  /** How it ended: `SIGKILL`, or its exit code. */
  ended: Promise<string>
}

export interface OperatorOptions {
  /** Where the API server is and who we are: `asInPod`. */
  access: Record<string, string>
  podName: string
  namespace: string
  image: string
  /** More variables. */
  env?: Record<string, string>
}

/** Starts `callbot operator` with a lease of two seconds, so that another replica need not wait long for it. */
export function startOperator(o: OperatorOptions): OperatorProcess {
  const child = spawn(process.execPath, [join(repo, 'src', 'main.ts'), 'operator'], {
    env: {
      PATH: process.env['PATH'],
      ...o.access,
      POD_NAME: o.podName,
      POD_NAMESPACE: o.namespace,
      CALLBOT_IMAGE: o.image,
      CALLBOT_LEASE_DURATION_SECONDS: '2',
      CALLBOT_LEASE_RENEW_DEADLINE_SECONDS: '1.5',
      CALLBOT_LEASE_RETRY_PERIOD_SECONDS: '0.5',
      CALLBOT_METRICS_PORT: '0',
      CALLBOT_HEALTH_PORT: '0',
      ...o.env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  const keep = (chunk: Buffer) => void (said += String(chunk))
  child.stdout.on('data', keep)
  child.stderr.on('data', keep)
  const ended = new Promise<string>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code, signal) => resolve(signal ?? String(code)))
  })
  return { says: (text) => said.includes(text), ended, kill: () => void child.kill('SIGKILL') }
}
