/** A key for one rehearsal, and a configuration of cosign that asks no server. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { binary, cosign, ensureBinaries } from '../cluster/binaries.ts'
import { run } from '../cluster/shell.ts'
import type { Identity } from './publish.ts'

/** @param folder for the key, which is worth nothing once the rehearsal is over */
export async function ephemeralKey(folder: string): Promise<Identity> {
  await ensureBinaries([cosign])
  const env = { COSIGN_PASSWORD: '' }
  await run(binary(cosign, 'cosign'), ['generate-key-pair'], { cwd: folder, env })
  const config = join(folder, 'signing-config.json')
  // Neither a transparency log nor a time server: those are of the keyless way.
  writeFileSync(config, JSON.stringify({ mediaType: 'application/vnd.dev.sigstore.signingconfig.v0.2+json' }))
  return {
    sign: ['--key', join(folder, 'cosign.key'), '--signing-config', config],
    verify: ['--key', join(folder, 'cosign.pub'), '--insecure-ignore-tlog'],
    env,
  }
}
