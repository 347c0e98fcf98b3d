import type { Leaf } from '../../pki/certificate-authority.ts'
import type { Manifest, ManifestMetadata } from '../render/manifest.ts'

/**
 * The Secret with a certificate and its key, and maybe other texts by their names. It has the one type that the operator may write beside its
 * CA's (templates/fence.yaml of the chart).
 * Not in render/: a private key has no place in a plan, which people print.
 */
export function leafSecret(
  metadata: ManifestMetadata,
  { certificate, key, bundle }: Leaf,
  others: Readonly<Record<string, string>> = {},
): Manifest {
  const base64 = (text: string) => Buffer.from(text).toString('base64')
  const texts = { 'tls.crt': certificate, 'tls.key': key, 'ca.crt': bundle, ...others }
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata,
    type: 'callbots.dev/sip-tls',
    data: Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, base64(text)])),
  }
}
