/** The verb `status`: why a bot is not ready, its routes, its drills, and what is kept of its calls. */
import { CALLBOTS, INTEGRATIONS, RETENTION_POLICIES } from '../api/kinds.ts'
import { connect } from '../kube/connect.ts'
import { Unreachable } from '../kube/errors.ts'
import { look, type Seen } from './cluster.ts'
import { judge, statusLines } from './report.ts'

/** What the program ends with. */
const EXIT = { ready: 0, notReady: 1, unreadable: 2 } as const

type Output = Pick<NodeJS.WritableStream, 'write'>

/** @returns the exit code */
export async function run(
  name: string,
  namespace: string,
  env: NodeJS.ProcessEnv,
  output: Output = process.stdout,
  errors: Output = process.stderr,
): Promise<number> {
  const seen = await seenBy(env, namespace, name).catch((error: unknown) => causeOf(error))
  if (typeof seen === 'string') {
    errors.write(`Error: ${seen}\n`)
    return EXIT.unreadable
  }
  output.write(`${statusLines(seen).join('\n')}\n`)
  return judge(seen.bot).isReady ? EXIT.ready : EXIT.notReady
}

/** @returns text: what is wrong */
async function seenBy(env: NodeJS.ProcessEnv, namespace: string, name: string): Promise<Seen | string> {
  const { kube, close } = await connect(env, 'callbot-status', [CALLBOTS, INTEGRATIONS, RETENTION_POLICIES])
  try {
    const seen = await look(kube, namespace, name)
    return (
      seen ?? `namespace ${namespace} has no Callbot ${name}: see kubectl get callbots -A, and name its namespace by -n`
    )
  } finally {
    await close()
  }
}

function causeOf(error: unknown): string {
  if (!(error instanceof Error)) throw error
  return error instanceof Unreachable
    ? `${error.message}: check the cluster of your kubeconfig with kubectl cluster-info`
    : error.message
}
