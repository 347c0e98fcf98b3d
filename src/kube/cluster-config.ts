import type { Credentials } from './bearer-tokens.ts'

/** What is needed to reach an API server, and to prove who we are. */
export interface ClusterConfig {
  /** `https://host:port`, without a slash at the end. */
  server: string
  /** The namespace to use where none is named: our own inside a cluster, the context's outside. */
  namespace: string
  credentials: Credentials
  /** Sent with each request: whom a person acts as (`as` in a kubeconfig). */
  headers?: Headers
  /** The proxy on the exit, `http:`, `https:` or `socks5:`. */
  proxyUrl?: string
  /** Read again whenever TLS fails, so that a replaced CA is noticed. */
  readTls(): Promise<TlsMaterial>
}

/** Names in lower case. */
export type Headers = Readonly<Record<string, string | string[]>>

/** PEM texts. */
export interface TlsMaterial {
  ca?: string
  cert?: string
  key?: string
  /** The name that the server's certificate must carry, where it isn't the host of the URL. */
  serverName?: string
  /** Somebody wrote `insecure-skip-tls-verify: true`. Never set by us. */
  insecure?: boolean
}
