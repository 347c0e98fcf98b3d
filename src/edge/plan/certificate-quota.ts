import type { Parts } from './trunk-credentials.ts'

/** Characters of PEM that the trunks of one namespace may take of the memory that all share. */
const MOST_PER_NAMESPACE = 262_144

/** Who has how much of the memory for certificates. Texts that several trunks share count once. */
export interface CertificateQuota {
  /** What is in use already: it stays, and leaves less for others of its namespace. */
  reserve(namespace: string, parts: Parts): void
  /** Whether there is room for these; if so, they are held. */
  tryReserve(namespace: string, parts: Parts): boolean
}

export function createCertificateQuota(): CertificateQuota {
  const reserved = new Map<string, Set<string>>()
  const textsOf = (namespace: string, { identity, authorities }: Parts) => {
    const texts = reserved.get(namespace) ?? new Set<string>()
    reserved.set(namespace, texts)
    const own = [identity?.pem, identity?.key, authorities?.pem].filter((text) => text !== undefined)
    return { texts, added: own.filter((text) => !texts.has(text)) }
  }
  const size = (texts: Iterable<string>) => [...texts].reduce((sum, { length }) => sum + length, 0)
  const reserve = (namespace: string, parts: Parts) => {
    const { texts, added } = textsOf(namespace, parts)
    for (const text of added) texts.add(text)
  }
  return {
    reserve,
    tryReserve(namespace, parts) {
      const { texts, added } = textsOf(namespace, parts)
      if (added.length > 0 && size(texts) + size(added) > MOST_PER_NAMESPACE) return false
      reserve(namespace, parts)
      return true
    },
  }
}
