import { stringify } from 'yaml'
import { allCrds, KIND_PARTS } from '../../../src/api/printer-columns.ts'
import { ApiError } from '../../../src/kube/errors.ts'
import type { Raw } from '../../../src/kube/raw-object.ts'
import { pathOf } from '../../../src/kube/resources.ts'
import { eventually } from '../../harness/eventually.ts'
import type { TestApiServer } from '../../harness/api-server.ts'

export interface Refusal {
  field: string
  message: string
}

const NAMESPACE = 'default'

function request(server: TestApiServer, method: 'POST' | 'PUT' | 'DELETE', object: Raw, dryRun: boolean) {
  const resource = KIND_PARTS.find(({ descriptor }) => descriptor.kind === object.kind)!.descriptor
  const name = method === 'POST' ? undefined : object.metadata.name
  return server.transport.request({
    purpose: 'readwrite',
    method,
    path: pathOf(resource, NAMESPACE, name),
    query: method === 'DELETE' ? {} : { fieldValidation: 'Strict', dryRun: dryRun ? 'All' : undefined },
    body: method === 'DELETE' ? undefined : { ...object, metadata: { ...object.metadata, namespace: NAMESPACE } },
  })
}

/** Makes the kinds known, and waits until the API server takes objects of each. */
export async function installKinds(server: TestApiServer): Promise<void> {
  for (const crd of allCrds()) {
    await server.transport.request({
      purpose: 'readwrite',
      method: 'POST',
      path: '/apis/apiextensions.k8s.io/v1/customresourcedefinitions',
      body: crd,
    })
  }
  for (const { descriptor } of KIND_PARTS) {
    const path = pathOf(descriptor, NAMESPACE)
    await eventually(async () => {
      await server.transport.request({ purpose: 'readwrite', method: 'GET', path })
    })
  }
}

/** What the API server says to the creation of the object; nothing is kept. */
export const refusalsOf = (server: TestApiServer, object: Raw) => answer(request(server, 'POST', object, true))

/** What the API server says to an update from one object to the other. */
export async function refusalsOfUpdate(server: TestApiServer, old: Raw, now: Raw): Promise<Refusal[]> {
  const { body } = await request(server, 'POST', old, false)
  const { resourceVersion } = (body as Raw).metadata
  try {
    return await answer(request(server, 'PUT', { ...now, metadata: { ...now.metadata, resourceVersion } }, true))
  } finally {
    await request(server, 'DELETE', old, false)
  }
}

async function answer(asked: Promise<unknown>): Promise<Refusal[]> {
  try {
    await asked
    return []
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    return refusalsIn(error)
  }
}

interface Details {
  causes?: { field?: string; message?: string }[]
}

/** The causes of a 422, or the unknown fields of a 400. */
function refusalsIn(error: ApiError): Refusal[] {
  const { causes = [] } = (error.details ?? {}) as Details
  if (causes.length > 0) return causes.map(({ field = '', message = '' }) => ({ field, message }))
  const unknown = [...error.message.matchAll(/unknown field "([^"]+)"/g)].map(([message, field]) => ({
    message,
    field: field!,
  }))
  if (unknown.length > 0) return unknown
  throw new Error(`not a refusal of a field: ${stringify(error.message)}`, { cause: error })
}
