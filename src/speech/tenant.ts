import type { FastifyRequest } from 'fastify'
import { namesOfClient } from '../pki/peer-names.ts'

/** Whose request it is: the namespace in the name `BOT.NAMESPACE.svc` that a certificate of our CA proves, which only that namespace's pods have. */
export function tenantOf({ raw }: FastifyRequest): string {
  const names = namesOfClient(raw)
  for (const name of names) {
    const [, namespace] = /^[a-z0-9-]+\.([a-z0-9-]+)\.svc$/.exec(name) ?? []
    if (namespace !== undefined) return namespace
  }
  return names[0] ?? ''
}
