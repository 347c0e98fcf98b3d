/**
 * To whom the values of a Secret may be shown. Who may write a Callbot or an Integration names Secrets of the namespace and the servers that
 * get them, and need not have the right to read either: so the Secret itself says to which hosts it goes (ADR 22).
 */
export const RELEASE_KEY = 'callbots.hosts'

/** Bounds of what is read: a Secret has a few hosts. */
const MOST_HOSTS = 100
const LONGEST = 10_000

/**
 * @param released the value of the key: host names and addresses with commas, spaces or lines between; `*.example.org` has all names below
 * @param host as it is connected to, without port and brackets
 */
export function isReleasedTo(released: string | undefined, host: string): boolean {
  if (released === undefined || released.length > LONGEST) return false
  const hosts = released.split(/[\s,]+/, MOST_HOSTS)
  const wanted = plain(host)
  return hosts.some((each) => {
    const one = plain(each)
    if (one === '' || wanted === '') return false
    return one.startsWith('*.') ? one.length > 2 && wanted.endsWith(one.slice(1)) : one === wanted
  })
}

/** Why it is not shown, and the cure. */
export const notReleased = (secret: string, host: string) =>
  `Secret ${secret} may not be shown to ${host}: who owns the Secret adds the host to its key ${RELEASE_KEY}`

const plain = (host: string) => host.toLowerCase().replace(/^\[|\]$|[.]$/g, '')
