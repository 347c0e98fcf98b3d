/** The verb `evidence export`: what `evidence verify` needs, from a cluster, with the rights of whoever types it. */
import { writeFile } from 'node:fs/promises'
import { stringify } from 'yaml'
import { INTEGRATIONS } from '../api/kinds.ts'
import type { Kube } from '../kube/client.ts'
import { connect } from '../kube/connect.ts'
import type { Raw } from '../kube/raw-object.ts'
import { resources } from '../kube/resources.ts'
import { PUBLIC_KEY_COMPONENT, PUBLIC_KEY_FILE, RECORD_COMPONENT } from '../rules/drill/record.ts'

export interface ExportOptions {
  /** Undefined: all. */
  readonly namespace?: string
  /** Path of a file for the public keys. */
  readonly keys?: string
  readonly operatorNamespace: string
}

const COMPONENT = 'app.kubernetes.io/component'

/** @returns the exit code */
export async function run(
  { namespace, keys, operatorNamespace }: ExportOptions,
  env: NodeJS.ProcessEnv,
  output: Pick<NodeJS.WritableStream, 'write'> = process.stdout,
): Promise<number> {
  const { kube, close } = await connect(env, 'callbot-evidence', [INTEGRATIONS])
  try {
    if (keys !== undefined) await writeFile(keys, await publicKeys(kube, operatorNamespace))
    const within = namespace === undefined ? {} : { namespace }
    const items: object[] = []
    const selected = { ...within, labelSelector: `${COMPONENT}=${RECORD_COMPONENT}` }
    for await (const record of kube.list(resources.configMaps, selected)) items.push(recordOf(record))
    for await (const integration of kube.list(INTEGRATIONS, within)) items.push(headOf(integration))
    output.write(stringify({ apiVersion: 'v1', kind: 'List', items }, { lineWidth: 0 }))
    return 0
  } finally {
    await close()
  }
}

/** Of each record what is signed and where it was; of each Integration which record is its newest. Nothing else of a client leaves the cluster. */
const recordOf = ({ metadata, data }: Raw & { data?: unknown }) => {
  const { namespace, name, labels } = metadata
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace, name, labels }, data }
}

const headOf = ({ metadata, status }: Raw) => {
  const { namespace, name, uid } = metadata
  const { evidence } = (status ?? {}) as { evidence?: object }
  return {
    ...{ apiVersion: 'callbots.dev/v1alpha1', kind: 'Integration', metadata: { namespace, name, uid } },
    ...(evidence && { status: { evidence } }),
  }
}

async function publicKeys(kube: Pick<Kube, 'list'>, namespace: string): Promise<string> {
  const found: string[] = []
  const labelSelector = `${COMPONENT}=${PUBLIC_KEY_COMPONENT}`
  for await (const raw of kube.list(resources.configMaps, { namespace, labelSelector }))
    found.push((raw['data'] as Record<string, string>)[PUBLIC_KEY_FILE] ?? '')
  if (found.length === 0)
    throw new Error(
      `namespace ${namespace} has no public key of records: name that of the operator by --operator-namespace`,
    )
  return found.join('')
}
