/** What every cached object must carry. Keep the rest small and of one shape: there are tens of thousands. */
export interface Cached {
  /** Empty for kinds that have none. */
  namespace: string
  name: string
  uid: string
  resourceVersion: string
}

export type Indexer<T> = (object: T) => readonly string[]

export interface Store<T extends Cached> {
  readonly size: number
  get(namespace: string, name: string): T | undefined
  list(): IterableIterator<T>
  byIndex(index: string, value: string): T[]
  /** Puts it in the place of what was there, which is returned. */
  put(object: T): T | undefined
  delete(namespace: string, name: string): T | undefined
}

/** One object, a few, or a set of many: most values of most indexes have but one or two, and a Set costs 200 bytes. */
type Bucket<T> = T | T[] | Set<T>
/** More than so many in a list would be slow to find. */
const FEW = 4

/** Objects by namespace and name, and by any number of indexes that are kept as objects come and go. */
export function createStore<T extends Cached>(indexers: Record<string, Indexer<T>> = {}): Store<T> {
  const objects = new Map<string, T>()
  const indexes = Object.entries(indexers).map(([name, of]) => ({ name, of, buckets: new Map<string, Bucket<T>>() }))
  const swap = (before: T | undefined, after: T | undefined) => {
    for (const { of, buckets } of indexes) {
      if (before) for (const value of of(before)) leave(buckets, value, before)
      if (after) for (const value of of(after)) enter(buckets, value, after)
    }
  }
  return {
    get size() {
      return objects.size
    },
    get: (namespace, name) => objects.get(`${namespace}/${name}`),
    list: () => objects.values(),
    byIndex(index, value) {
      const found = indexes.find(({ name }) => name === index)
      if (!found) throw new TypeError(`no index "${index}": there are ${indexes.map(({ name }) => name).join(', ')}`)
      const bucket = found.buckets.get(value)
      if (bucket instanceof Set || Array.isArray(bucket)) return [...bucket]
      return bucket ? [bucket] : []
    },
    put(object) {
      const key = `${object.namespace}/${object.name}`
      const before = objects.get(key)
      objects.set(key, object)
      swap(before, object)
      return before
    },
    delete(namespace, name) {
      const key = `${namespace}/${name}`
      const before = objects.get(key)
      if (before && objects.delete(key)) swap(before, undefined)
      return before
    },
  }
}

function enter<T extends Cached>(buckets: Map<string, Bucket<T>>, value: string, object: T): void {
  const bucket = buckets.get(value)
  if (bucket === object || (Array.isArray(bucket) && bucket.includes(object))) return
  if (bucket === undefined) buckets.set(value, object)
  else if (bucket instanceof Set) bucket.add(object)
  else if (!Array.isArray(bucket)) buckets.set(value, [bucket, object])
  else if (bucket.length < FEW) bucket.push(object)
  else buckets.set(value, new Set([...bucket, object]))
}

function leave<T extends Cached>(buckets: Map<string, Bucket<T>>, value: string, object: T): void {
  const bucket = buckets.get(value)
  if (bucket instanceof Set) bucket.delete(object)
  if (Array.isArray(bucket) && bucket.includes(object)) bucket.splice(bucket.indexOf(object), 1)
  if (bucket === object || sizeOf(bucket) === 0) buckets.delete(value)
}

const sizeOf = (bucket: Bucket<Cached> | undefined) =>
  bucket instanceof Set ? bucket.size : Array.isArray(bucket) ? bucket.length : 1
