/** Proof that a contestant did the whole work: a fast one that leaves something out must not win. */
import { X509Certificate } from 'node:crypto'
import type { Client } from './client.ts'
import type { Range } from './load.ts'
import { API, nameOf, namespaceOf, OPERATOR_NAMESPACE } from './objects.ts'

/** Callbots that are looked at, evenly over all. */
const SAMPLE = 20

type Child = {
  kind: string
  spec?: unknown
  metadata: {
    labels?: unknown
    uid: string
    ownerReferences?: { uid: string }[]
  }
  data?: Record<string, string>
}

type Bot = { status?: { configuration?: { name: string } } }

function configurationOf({ status }: Bot): string {
  if (status?.configuration === undefined) throw new Error('its status names no configuration')
  return status.configuration.name
}

/** What a contestant made of the first Callbot: labels and spec by kind. */
export type Work = Record<string, unknown>

/**
 * Looks at a sample of the Callbots.
 * @throws naming the first Callbot and object that is missing or wrong
 */
export async function checkSameWork(client: Client, { first, count, replicas }: Range): Promise<Work> {
  const step = Math.max(1, Math.floor(count / SAMPLE))
  for (let index = first; index < first + count; index += step) {
    await checkOne(client, namespaceOf(index), nameOf(index), replicas).catch((cause: Error) => {
      throw new Error(`${namespaceOf(index)}/${nameOf(index)}: ${cause.message}`, { cause })
    })
  }
  const [namespace, name] = [namespaceOf(first), nameOf(first)]
  const bot = (await client.send('GET', `${API}/namespaces/${namespace}/callbots/${name}`)) as Bot
  const children = await Promise.all(
    paths(namespace, name, configurationOf(bot)).map((path) => client.send('GET', path)),
  )
  return Object.fromEntries(
    (children as Child[]).map(({ kind, metadata, spec, data }) => [
      kind,
      { labels: metadata.labels, spec, ...(kind === 'ConfigMap' ? { data } : {}) },
    ]),
  )
}

/** The fields in which two values differ, as paths. Pure. */
export function differences(a: unknown, b: unknown, path = ''): string[] {
  if (a === null || b === null || typeof a !== 'object' || typeof b !== 'object') return a === b ? [] : [path]
  const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>]
  const keys = [...new Set([...Object.keys(left), ...Object.keys(right)])].sort()
  return keys.flatMap((key) => differences(left[key], right[key], path === '' ? key : `${path}.${key}`))
}

const paths = (namespace: string, name: string, configuration: string) => [
  `/apis/apps/v1/namespaces/${namespace}/deployments/${name}`,
  `/api/v1/namespaces/${namespace}/services/${name}`,
  `/apis/policy/v1/namespaces/${namespace}/poddisruptionbudgets/${name}`,
  `/apis/networking.k8s.io/v1/namespaces/${namespace}/networkpolicies/${name}`,
  `/api/v1/namespaces/${namespace}/secrets/${name}-sip-tls`,
  `/api/v1/namespaces/${namespace}/configmaps/${configuration}`,
]

async function checkOne(client: Client, namespace: string, name: string, replicas: number): Promise<void> {
  const get = (path: string) => client.send('GET', path) as Promise<Child>
  const bot: Child & Bot = await get(`${API}/namespaces/${namespace}/callbots/${name}`)
  for (const path of paths(namespace, name, configurationOf(bot))) {
    const child = await get(path)
    if (!child.metadata.ownerReferences?.some(({ uid }) => uid === bot.metadata.uid))
      throw new Error(`${path} is not owned`)
    if (path.endsWith('-sip-tls')) checkCertificate(child.data ?? {}, `${name}.${namespace}.svc`)
  }
  const route = await get(`/api/v1/namespaces/${OPERATOR_NAMESPACE}/configmaps/route.${namespace}.${name}`)
  const { epoch } = JSON.parse(route.data!['route']!) as { epoch: number }
  if (!(epoch > 0)) throw new Error('its route has no epoch')
  const selector = encodeURIComponent(`callbots.dev/callbot=${name}`)
  const pods = (await client.send('GET', `/api/v1/namespaces/${namespace}/pods?labelSelector=${selector}`)) as {
    items: unknown[]
  }
  if (pods.items.length !== replicas) throw new Error(`${pods.items.length} pods instead of ${replicas}`)
}

function checkCertificate(data: Record<string, string>, dnsName: string): void {
  const pem = (key: string) => Buffer.from(data[key] ?? '', 'base64')
  const [certificate, authority] = [new X509Certificate(pem('tls.crt')), new X509Certificate(pem('ca.crt'))]
  if (!certificate.verify(authority.publicKey)) throw new Error('its certificate is not signed by its CA')
  if (certificate.checkHost(dnsName) === undefined) throw new Error(`its certificate is not for ${dnsName}`)
  const { namedCurve } = certificate.publicKey.asymmetricKeyDetails ?? {}
  if (namedCurve !== 'prime256v1') throw new Error(`its key is not on P-256 but ${namedCurve}`)
}
