import type { Leaf } from '../../pki/certificate-authority.ts'
import type { Manifest, ManifestMetadata } from '../render/manifest.ts'

/**
 * The Secret with a certificate and its key. It has the one type that the operator may write beside its CA's (templates/fence.yaml of the chart).
 * Not in render/: a private key has no place in a plan, which people print.
 */
export function leafSecret(metadata: ManifestMetadata, { certificate, key, bundle }: Leaf): Manifest {
  const base64 = (text: string) => Buffer.from(text).toString('base64')
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata,
    type: 'callbots.dev/sip-tls',
    data: { 'tls.crt': base64(certificate), 'tls.key': base64(key), 'ca.crt': base64(bundle) },
  }
}
