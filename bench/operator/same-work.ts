/** Proof that a contestant did the whole work: a fast one that leaves something out must not win. */
import { X509Certificate } from 'node:crypto'
import type { Client } from './client.ts'
import type { Range } from './load.ts'
import { nameOf, namespaceOf } from './objects.ts'
import { botPath, childPaths, describeWork, routePath, type Work } from './work.ts'

/** Callbots that are looked at, evenly over all. */
const SAMPLE = 20

type Child = {
  metadata: {
    uid: string
    ownerReferences?: { uid: string }[]
  }
  data?: Record<string, string>
}

/**
 * Looks at a sample of the Callbots.
 * @returns what was made of the first
 * @throws naming the first Callbot and object that is missing or wrong
 */
export async function checkSameWork(client: Client, { first, count, replicas }: Range): Promise<Work> {
  const step = Math.max(1, Math.floor(count / SAMPLE))
  for (let index = first; index < first + count; index += step) {
    await checkOne(client, namespaceOf(index), nameOf(index), replicas).catch((cause: Error) => {
      throw new Error(`${namespaceOf(index)}/${nameOf(index)}: ${cause.message}`, { cause })
    })
  }
  return describeWork(client, { namespace: namespaceOf(first), name: nameOf(first) })
}

async function checkOne(client: Client, namespace: string, name: string, replicas: number): Promise<void> {
  const get = (path: string) => client.send('GET', path) as Promise<Child>
  const bot = await get(botPath({ namespace, name }))
  for (const path of await childPaths(client, { namespace, name })) {
    const child = await get(path)
    if (!child.metadata.ownerReferences?.some(({ uid }) => uid === bot.metadata.uid))
      throw new Error(`${path} is not owned`)
    if (path.endsWith('-sip-tls')) checkCertificate(child.data ?? {}, `${name}.${namespace}.svc`)
  }
  const route = await get(routePath({ namespace, name }))
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
