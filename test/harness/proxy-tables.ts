/** Tables of the proxy as text, read by the rules of Kamailio's db_text and not by how ours are written. */

/** Key -> value. @throws Error where a row is not one of htable's, or a key comes twice */
export function readTable(text: string): Map<string, string> {
  const [, ...lines] = text.split('\n')
  const rows = new Map<string, string>()
  for (const line of lines.filter((each) => each !== '')) {
    const [key, type, kind, value, expires, ...rest] = columns(line)
    if (type !== '0' || kind !== '0' || expires !== '0' || rest.length > 0) throw new Error(`this is no row: ${line}`)
    if (rows.has(key!)) throw new Error(`the key comes twice: ${line}`)
    rows.set(key!, value!)
  }
  return rows
}

/** Colons part the columns; what follows a backslash stands for itself (db_text README 1.2.2). */
const columns = (line: string): string[] =>
  (line.match(/(?:\\.|[^:\\])+|:/g) ?? []).reduce(
    (found, part) => (part === ':' ? [...found, ''] : [...found.slice(0, -1), part.replace(/\\(.)/g, '$1')]),
    [''],
  )

/** The pods of each set of a dispatcher list, by its id. */
export function readSets(list: string): Map<string, string[]> {
  const lines = list.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  const pods = lines.map((line) => line.split(' '))
  return new Map([...Map.groupBy(pods, ([id]) => id!)].map(([id, all]) => [id, all.map(([, uri]) => uri!)]))
}
