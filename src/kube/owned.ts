import { hash } from 'node:crypto'
import { canonicalJson } from '../lib/canonical.ts'
import type { ManagedFields, Manifest, Raw } from './raw.ts'

/**
 * Tells whether an apply would change anything, without asking the API server.
 *
 * Server-side apply notes in `managedFields` which fields a manager applied (FieldsV1, structured-merge-diff). What we
 * applied last, as it is live now, is therefore in the object itself: `ownedHash` cuts it out and hashes it, and
 * `manifestHash` hashes what we want. They differ when we want something else, when somebody changed or took over a field
 * of ours, or when a field of ours is to go. They are equal when an apply would do nothing.
 *
 * For that, a manifest must be written as the API server writes it back:
 *  - quantities in canonical form: `500m`, `1`, `1Gi`; never `0.5`, `1000m`, `1024Mi`, nor a number;
 *  - numbers and texts as the schema has them (int-or-string stays what it was);
 *  - inside atomic values (NetworkPolicy `from`, `to` and `ports`, label selectors, affinity terms, tolerations'
 *    neighbours) every field that the server fills in must be there already, such as `protocol: TCP`;
 *  - no null (to server-side apply it is a value: the field stays ours and the server fills it in);
 *  - no empty texts or zeros where the type omits them; Secrets with `data`, not `stringData`; no `status`;
 *  - an empty object only where nobody else puts anything inside (`emptyDir: {}`, `podSelector: {}`).
 * Undefined, empty lists and empty maps of texts (labels, data, requests) count as absent on both sides. Other empty
 * objects do not: `podSelector: {}` and `namespaceSelector: {}` open different doors. A manifest that breaks these rules
 * is applied once more by `createApplier` and then reported, not applied for ever.
 */
export function manifestHash(manifest: Manifest): string {
  const ours: Fields = { ...manifest, metadata: { ...manifest.metadata, name: undefined, namespace: undefined } }
  delete ours.apiVersion
  delete ours.kind
  return hashOf(manifest.apiVersion, prune(ours))
}

/** The hash of what `manager` applied, as it is live; the empty text when it applied nothing. 22 characters. */
export function ownedHash(live: Raw, manager: string): string {
  const entry = live.metadata.managedFields?.find(isApplyOf(manager))
  return entry ? hashOf(entry.apiVersion ?? '', extract(live, entry.fieldsV1)) : ''
}

/** What `manager` applied, as it is live; undefined when it applied nothing. */
export function ownedFields(live: Raw, manager: string): unknown {
  const entry = live.metadata.managedFields?.find(isApplyOf(manager))
  return entry && extract(live, entry.fieldsV1)
}

const isApplyOf = (manager: string) => (entry: ManagedFields) =>
  entry.manager === manager && entry.operation === 'Apply' && !entry.subresource

/** 128 bits: enough for tens of thousands of objects, and short to keep for each. */
function hashOf(apiVersion: string, fields: unknown): string {
  return hash('shake128', `${apiVersion} ${canonicalJson(fields ?? {})}`, {
    outputEncoding: 'base64url',
    outputLength: 16,
  })
}

type Fields = Record<string, unknown>

/** Cuts out of a live value what a FieldsV1 set names. `{}` means the whole value, `.` the thing itself. */
function extract(value: unknown, fields: unknown): unknown {
  const names = Object.keys((fields ?? {}) as Fields)
  if (names.length === 0) return prune(value)
  if (Array.isArray(value)) return extractItems(value, fields as Fields, names)
  if (value === null || typeof value !== 'object') return prune(value)
  const result: Fields = {}
  for (const name of names) {
    if (!name.startsWith('f:')) continue
    const member = extract((value as Fields)[name.slice(2)], (fields as Fields)[name])
    if (!isAbsent(name.slice(2), member)) result[name.slice(2)] = member
  }
  return result
}

/** Items in the order in which they are live: where order matters (containers, env) we must see that it changed. */
function extractItems(list: unknown[], fields: Fields, names: string[]): unknown[] {
  const values = new Set(names.filter((name) => name.startsWith('v:')).map((name) => canonicalText(name.slice(2))))
  const keyed = names
    .filter((name) => name.startsWith('k:'))
    .map((name) => ({ keys: Object.entries(JSON.parse(name.slice(2)) as Fields), inner: fields[name] }))
  const result: unknown[] = []
  list.forEach((item, index) => {
    const match = keyed.find(({ keys }) => keys.every(([key, value]) => isKey(item, key, value)))
    if (match) result.push(extract(item, match.inner))
    else if (values.has(canonicalJson(item))) result.push(prune(item))
    else if (fields[`i:${index}`]) result.push(extract(item, fields[`i:${index}`]))
  })
  return result
}

const canonicalText = (json: string) => canonicalJson(JSON.parse(json))
const isKey = (item: unknown, key: string, value: unknown) => (item as Fields | null)?.[key] === value

/** Leaves out what counts as absent, at every depth. */
function prune(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(prune)
  if (value === null || typeof value !== 'object') return value
  const result: Fields = {}
  for (const [name, member] of Object.entries(value)) if (!isAbsent(name, member)) result[name] = prune(member)
  return result
}

/** Maps that the API server omits when they are empty; `metadata` is what is left of it without the name. */
const MAPS = new Set('metadata labels annotations data binaryData nodeSelector matchLabels requests limits'.split(' '))

function isAbsent(name: string, value: unknown): boolean {
  if (value === undefined) return true
  if (Array.isArray(value)) return value.length === 0
  if (typeof value !== 'object' || value === null || !MAPS.has(name)) return false
  return Object.entries(value).every(([member, inner]) => isAbsent(member, inner))
}
