import { describeBug } from '../runtime/redacted-error.ts'
import { createHash, createPrivateKey, X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '../runtime/clock.ts'
import type { Log } from '../runtime/log.ts'
import { currentVersion } from '../runtime/mounted-volume.ts'

/** Who we are on TLS connections, and whom we trust. PEM texts. */
export interface Identity {
  readonly cert: string
  readonly key: string
  /** One or more CA certificates. */
  readonly ca: string
  /** Epoch milliseconds. */
  readonly notBefore: number
  readonly notAfter: number
  /** Changes whenever one of the three texts does. */
  readonly fingerprint: string
}

/**
 * Reads tls.crt, tls.key and ca.crt from a folder such as a mounted Secret.
 * @throws Error that names the file and the cure
 */
export async function readIdentity(folder: string): Promise<Identity> {
  const from = await currentVersion(folder)
  const [cert, key, ca] = await Promise.all(['tls.crt', 'tls.key', 'ca.crt'].map((name) => read(from, name)))
  const certificate = parse('tls.crt', () => new X509Certificate(cert!))
  const privateKey = parse('tls.key', () => createPrivateKey(key!))
  parse('ca.crt', () => new X509Certificate(ca!))
  if (!certificate.checkPrivateKey(privateKey)) {
    throw new Error(`tls.key in ${folder} does not belong to tls.crt: issue both together`)
  }
  return {
    cert: cert!,
    key: key!,
    ca: ca!,
    notBefore: certificate.validFromDate.getTime(),
    notAfter: certificate.validToDate.getTime(),
    fingerprint: createHash('sha256').update([cert, key, ca].join('\0')).digest('hex'),
  }
}

async function read(folder: string, name: string): Promise<string> {
  try {
    return await readFile(join(folder, name), 'utf8')
  } catch (cause) {
    throw new Error(`${join(folder, name)} can't be read: mount a Secret with tls.crt, tls.key and ca.crt there`, {
      cause,
    })
  }
}

function parse<T>(name: string, read: () => T): T {
  try {
    return read()
  } catch (cause) {
    throw new Error(`${name} is not valid PEM: issue it again`, { cause })
  }
}

/**
 * Looks for a new identity every `everyMs` and hands it over. One that can't be read is logged and tried again; the old one stays.
 * @returns a function that ends the watch
 */
export function pollIdentity(o: {
  folder: string
  current: Identity
  clock: Clock
  everyMs: number
  log: Log
  onChange: (identity: Identity) => void
}): () => void {
  let ended = false
  let known = o.current.fingerprint
  let cancel = o.clock.after(o.everyMs, look)
  function look(): void {
    void readIdentity(o.folder)
      .then((identity) => {
        if (ended || identity.fingerprint === known) return
        o.onChange(identity)
        known = identity.fingerprint
      })
      .catch((error: unknown) =>
        o.log.warn(describeBug(error), 'the TLS certificate could not be renewed; the current one stays in use'),
      )
      .finally(() => {
        if (!ended) cancel = o.clock.after(o.everyMs, look)
      })
  }
  return () => {
    ended = true
    cancel()
  }
}
