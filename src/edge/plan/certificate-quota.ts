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
  const held = new Map<string, Set<string>>()
  const textsOf = (namespace: string, { identity, authorities }: Parts) => {
    const texts = held.get(namespace) ?? new Set<string>()
    held.set(namespace, texts)
    const own = [identity?.pem, identity?.key, authorities?.pem].filter((text) => text !== undefined)
    return { texts, fresh: own.filter((text) => !texts.has(text)) }
  }
  const size = (texts: Iterable<string>) => [...texts].reduce((sum, { length }) => sum + length, 0)
  const reserve = (namespace: string, parts: Parts) => {
    const { texts, fresh } = textsOf(namespace, parts)
    for (const text of fresh) texts.add(text)
  }
  return {
    reserve,
    tryReserve(namespace, parts) {
      const { texts, fresh } = textsOf(namespace, parts)
      if (fresh.length > 0 && size(texts) + size(fresh) > MOST_PER_NAMESPACE) return false
      reserve(namespace, parts)
      return true
    },
  }
}
