import { hash } from 'node:crypto'
import type { ManagedFields, Manifest, Raw } from './raw-object.ts'

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
  return hashOf(manifest.apiVersion, whole(ours))
}

/** The hash of what `manager` applied, as it is live; the empty text when it applied nothing. 22 characters. */
export function ownedHash(live: Raw, manager: string): string {
  const entry = live.metadata.managedFields?.find(isApplyOf(manager))
  return entry ? hashOf(entry.apiVersion ?? '', named(live, entry.fieldsV1 as Fields | undefined)) : ''
}

const isApplyOf = (manager: string) => (entry: ManagedFields) =>
  entry.manager === manager && entry.operation === 'Apply' && !entry.subresource

/** 128 bits: enough for tens of thousands of objects, and short to keep for each. */
function hashOf(apiVersion: string, text: string): string {
  return hash('shake128', `${apiVersion} ${text}`, { outputEncoding: 'base64url', outputLength: 16 })
}

type Fields = Record<string, unknown>

/*
 * Both sides are written as one canonical text in one go: this runs for every object that is listed, and building the
 * values in between would cost as much again as parsing them.
 */

/** A whole value: members in order of their names, without what counts as absent. */
function whole(value: unknown): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null'
  if (Array.isArray(value)) return `[${value.map(whole).join(',')}]`
  let text = '{'
  for (const name of Object.keys(value).sort()) {
    const member = (value as Fields)[name]
    if (!isAbsent(name, member)) text += `${JSON.stringify(name)}:${whole(member)},`
  }
  return `${text}}`
}

/** The part of a live value that a FieldsV1 set names. `{}` means the whole value, `.` the thing itself. */
function named(value: unknown, fields: Fields | undefined): string {
  const names = Object.keys(fields ?? {})
  if (fields === undefined || names.length === 0 || value === null || typeof value !== 'object') return whole(value)
  if (Array.isArray(value)) return namedItems(value, fields, names)
  let text = '{'
  for (const name of names.sort()) {
    if (!name.startsWith('f:')) continue
    const key = name.slice(2)
    const member = (value as Fields)[key]
    if (isAbsent(key, member)) continue
    const part = named(member, fields[name] as Fields)
    // Nothing in it is ours: as if it weren't there.
    if (part !== '[]' && (part !== '{}' || !MAPS.has(key))) text += `${JSON.stringify(key)}:${part},`
  }
  return `${text}}`
}

/** Items in the order in which they are live: where order matters (containers, env) we must see that it changed. */
function namedItems(list: unknown[], fields: Fields, names: string[]): string {
  const keyed = names.filter((name) => name.startsWith('k:')).map((name) => ({ keys: parseKey(name), name }))
  const parts: string[] = []
  list.forEach((item, index) => {
    const match = keyed.find(({ keys }) => keys.every(([key, value]) => (item as Fields | null)?.[key] === value))
    if (match) parts.push(named(item, fields[match.name] as Fields))
    else if (fields[`v:${JSON.stringify(item)}`]) parts.push(whole(item))
    else if (fields[`i:${index}`]) parts.push(named(item, fields[`i:${index}`] as Fields))
  })
  return `[${parts.join(',')}]`
}

/** The same few keys (ports, containers, owners) come with every object. */
const keys = new Map<string, [string, unknown][]>()
const KEYS_KEPT = 1_000

function parseKey(name: string): [string, unknown][] {
  const known = keys.get(name)
  if (known) return known
  const parsed = Object.entries(JSON.parse(name.slice(2)) as Fields)
  if (keys.size >= KEYS_KEPT) keys.clear()
  keys.set(name, parsed)
  return parsed
}

/** Maps that the API server omits when they are empty; `metadata` is what is left of it without the name. */
const MAPS = new Set('metadata labels annotations data binaryData nodeSelector matchLabels requests limits'.split(' '))

function isAbsent(name: string, value: unknown): boolean {
  if (value === undefined) return true
  if (Array.isArray(value)) return value.length === 0
  if (typeof value !== 'object' || value === null || !MAPS.has(name)) return false
  return Object.entries(value).every(([member, inner]) => isAbsent(member, inner))
}
