import { isNotFound } from './errors.ts'
import type { Raw, Manifest } from './raw-object.ts'
import { apiVersionOf, createCatalog, pathOf, type Resource } from './resources.ts'
import type { KubeRequest, Transport } from './transport.ts'

export interface ListOptions {
  /** All namespaces unless named. */
  namespace?: string
  labelSelector?: string
  fieldSelector?: string
  /** Objects a page. */
  limit?: number
}

export interface ApplyOptions {
  /** Take over fields that another manager owns. True by default: what we declare is ours. */
  force?: boolean
  dryRun?: boolean
  /** The client's own by default. */
  fieldManager?: string
  subresource?: string
}

export interface RemoveOptions {
  /** Remove this object and no successor of the same name. */
  uid?: string
  /** Remove it only if nobody wrote it since. */
  resourceVersion?: string
  propagation?: 'Background' | 'Foreground' | 'Orphan'
}

export interface PatchOptions {
  subresource?: string
  dryRun?: boolean
}

/** One operation of RFC 6902. */
export interface JsonPatchOperation {
  op: 'test' | 'add' | 'replace' | 'remove'
  path: string
  value?: unknown
}

/** Everything a program does to the API server beside watching. Answers are raw objects; errors as `Transport.request`. */
export interface Kube {
  get(r: Resource, namespace: string | undefined, name: string): Promise<Raw>
  /** Page by page as it is consumed, from one consistent state. */
  list(r: Resource, o?: ListOptions): AsyncIterable<Raw>
  create(manifest: Manifest, o?: { dryRun?: boolean }): Promise<Raw>
  /** Server-side apply: what the manifest has is ours, what it has no longer is removed. */
  apply(manifest: Manifest, o?: ApplyOptions): Promise<Raw>
  /** Server-side apply of `status` as a whole. With `uid`, a successor of the same name is refused, and with `resourceVersion` another version (409). */
  patchStatus(
    r: Resource,
    namespace: string | undefined,
    name: string,
    status: object,
    o?: { uid?: string; resourceVersion?: string },
  ): Promise<Raw>
  /** RFC 7386. Put `metadata.resourceVersion` into it to be refused when somebody wrote in between. */
  mergePatch(r: Resource, namespace: string | undefined, name: string, patch: object, o?: PatchOptions): Promise<Raw>
  jsonPatch(
    r: Resource,
    namespace: string | undefined,
    name: string,
    operations: JsonPatchOperation[],
    o?: PatchOptions,
  ): Promise<Raw>
  /** Returns the object when it stays for its finalizers, undefined when it is gone. A missing one is no error. */
  remove(r: Resource, namespace: string | undefined, name: string, o?: RemoveOptions): Promise<Raw | undefined>
}

export interface ClientOptions {
  transport: Transport
  fieldManager: string
  /** Kinds beside Kubernetes' own that `create` and `apply` meet. */
  kinds?: readonly Resource[]
}

const APPLY = 'application/apply-patch+yaml'

export function createClient(o: ClientOptions): Kube {
  const find = createCatalog(o.kinds)
  const send = async (r: Omit<KubeRequest, 'purpose'>) =>
    (await o.transport.request({ purpose: 'readwrite', ...r })).body as Raw
  const dry = (dryRun: boolean | undefined) => (dryRun ? 'All' : undefined)
  const applyTo = (path: string, body: object, how: ApplyOptions) =>
    send({
      method: 'PATCH',
      path,
      body,
      contentType: APPLY,
      repeatable: true,
      query: {
        fieldManager: how.fieldManager ?? o.fieldManager,
        force: how.force ?? true,
        dryRun: dry(how.dryRun),
      },
    })
  const patch =
    (contentType: string, repeatable: (body: object) => boolean) =>
    (r: Resource, namespace: string | undefined, name: string, body: object, how: PatchOptions = {}) =>
      send({
        method: 'PATCH',
        path: pathOf(r, namespace, name, how.subresource),
        body,
        contentType,
        repeatable: repeatable(body),
        query: { fieldManager: o.fieldManager, dryRun: dry(how.dryRun) },
      })
  return {
    get: (r, namespace, name) => send({ method: 'GET', path: pathOf(r, namespace, name) }),
    list: (r, how = {}) => listPages(o.transport, r, how),
    create(manifest, how = {}) {
      const r = find(manifest.apiVersion, manifest.kind)
      const query = { fieldManager: o.fieldManager, dryRun: dry(how.dryRun) }
      return send({ method: 'POST', path: pathOf(r, manifest.metadata.namespace), body: manifest, query })
    },
    apply(manifest, how = {}) {
      const { namespace, name } = manifest.metadata
      return applyTo(pathOf(find(manifest.apiVersion, manifest.kind), namespace, name, how.subresource), manifest, how)
    },
    patchStatus(r, namespace, name, status, how = {}) {
      const { uid, resourceVersion } = how
      const metadata = { namespace, name, uid, resourceVersion }
      return applyTo(
        pathOf(r, namespace, name, 'status'),
        { apiVersion: apiVersionOf(r), kind: r.kind, metadata, status },
        {},
      )
    },
    // Setting the same values twice ends the same; with a resourceVersion the second try is refused, which the caller handles.
    mergePatch: patch('application/merge-patch+json', () => true),
    jsonPatch: patch('application/json-patch+json', (body) =>
      (body as JsonPatchOperation[]).some(({ op, path }) => op === 'test' && path === '/metadata/resourceVersion'),
    ),
    remove: (r, namespace, name, how = {}) => remove(o.transport, r, namespace, name, how),
  }
}

/** One page of a list. The text of a page is the largest thing that this process ever holds: see `limit`. */
export interface ListPage {
  items: Raw[]
  resourceVersion: string
  continue: string | undefined
}

export async function listPage(
  transport: Transport,
  r: Resource,
  o: ListOptions & { continue?: string; signal?: AbortSignal },
): Promise<ListPage> {
  const { body } = await transport.request({
    purpose: 'readwrite',
    method: 'GET',
    path: pathOf(r, o.namespace),
    query: {
      limit: o.limit ?? 500,
      continue: o.continue,
      labelSelector: o.labelSelector,
      fieldSelector: o.fieldSelector,
    },
    signal: o.signal,
  })
  const list = body as { items?: Raw[] | null; metadata: { resourceVersion: string; continue?: string } }
  return {
    items: list.items ?? [],
    resourceVersion: list.metadata.resourceVersion,
    continue: list.metadata.continue || undefined,
  }
}

async function* listPages(transport: Transport, r: Resource, o: ListOptions): AsyncIterable<Raw> {
  let next: string | undefined
  do {
    const page = await listPage(transport, r, { ...o, continue: next })
    yield* page.items
    next = page.continue
  } while (next !== undefined)
}

async function remove(
  transport: Transport,
  r: Resource,
  namespace: string | undefined,
  name: string,
  o: RemoveOptions,
): Promise<Raw | undefined> {
  const preconditions = o.uid || o.resourceVersion ? { uid: o.uid, resourceVersion: o.resourceVersion } : undefined
  try {
    const { body } = await transport.request({
      purpose: 'readwrite',
      method: 'DELETE',
      path: pathOf(r, namespace, name),
      body: {
        apiVersion: 'v1',
        kind: 'DeleteOptions',
        propagationPolicy: o.propagation ?? 'Background',
        preconditions,
      },
      // Without the uid a repetition could hit a successor of the same name.
      repeatable: o.uid !== undefined,
    })
    return (body as Raw).kind === 'Status' ? undefined : (body as Raw)
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}
