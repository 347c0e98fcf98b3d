/** The client's web service of `make demo` to which calls are delivered: it runs on this machine and verifies each by a package of Standard Webhooks. */
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { Webhook } from 'standardwebhooks'
import { issueLeaf, newSigningCertificate } from '../src/pki/certificate-authority.ts'
import { host } from './cluster/settings.ts'
import { until } from './cluster/shell.ts'

/** What came of one call, without a value of it. */
export interface Delivered {
  id: string
  classes: string[]
  /** Names of the collected fields. */
  fields: string[]
}

export interface Receiver {
  /** A policy by which nothing of a call is kept, and what was collected is delivered here; and the Secret that it needs. */
  manifests(namespace: string, name: string): object[]
  /** The first call that comes. @throws when none has come in time */
  delivered(seconds: number): Promise<Delivered>
  close(): void
}

const DAY = 86_400
const NAME = 'crm.cabinet-des-lilas.test'

export async function startReceiver(): Promise<Receiver> {
  const now = Date.now()
  const authority = { current: newSigningCertificate(now, DAY) }
  const { certificate, key, bundle } = issueLeaf(authority, { commonName: NAME, dnsNames: [NAME] }, now, DAY)
  const signingKey = `whsec_${randomBytes(32).toString('base64')}`
  const received: Delivered[] = []
  const server = createServer({ cert: certificate, key }, (request, response) => {
    verified(request, signingKey).then(
      (call) => {
        received.push(call)
        response.writeHead(204).end()
      },
      () => response.writeHead(401).end(),
    )
  })
  server.listen(0, host.address)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    manifests: (namespace, name) => [
      {
        ...{ apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace } },
        stringData: { 'callbots.hosts': host.address, signingKey, 'ca.crt': bundle },
      },
      {
        ...{ apiVersion: 'callbots.dev/v1alpha1', kind: 'RetentionPolicy', metadata: { name, namespace } },
        spec: {
          rules: [{ class: 'CollectedFields', days: 0 }],
          collect: [{ field: 'telephone', purpose: 'Rappeler la personne', legalBasis: 'Contract' }],
          delivery: {
            webhook: {
              url: `https://${host.address}:${port}/calls`,
              tls: { caSecretRef: { name, key: 'ca.crt' }, serverName: NAME },
            },
            signingSecretRef: { name },
            classes: ['CollectedFields'],
          },
        },
      },
    ],
    async delivered(seconds) {
      await until('a call to be delivered', seconds, () => received.length > 0)
      return received[0]!
    },
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}

/** @throws when its signature is not of this key */
async function verified(request: IncomingMessage, key: string): Promise<Delivered> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const headers = request.headers as Record<string, string>
  const { data } = new Webhook(key).verify(Buffer.concat(chunks).toString(), headers) as Message
  return {
    id: headers['webhook-id']!,
    classes: data.records.map((record) => record.class),
    fields: data.records.flatMap(({ content }) => Object.keys(content.fields ?? {})),
  }
}

interface Message {
  data: { records: { class: string; content: { fields?: object } }[] }
}
