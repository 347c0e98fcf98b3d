/** Pushes a release by digest, signs it, and verifies the signatures. */
import { sbomFile } from '../audit/sbom.ts'
import { binary, cosign, crane, ensureBinaries, helm } from '../cluster/binaries.ts'
import { step } from '../cluster/progress.ts'
import { run, tryRun, type Ran } from '../cluster/shell.ts'
import { referenceOf, type Assembled, type Release } from './assemble.ts'
import { repositoryOf } from './images.ts'

/** What signs, and what a verifier asks for, as flags of cosign. */
export interface Identity {
  sign: string[]
  verify: string[]
  env?: Record<string, string>
}

/** By the identity that the workflow has at its provider: no key is kept anywhere. */
export const keyless = (repository: string, tag: string): Identity => ({
  sign: [],
  verify: [
    ...['--certificate-oidc-issuer', 'https://token.actions.githubusercontent.com'],
    ...['--certificate-identity', `https://github.com/${repository}/.github/workflows/release.yml@refs/tags/${tag}`],
  ],
})

/** @returns the reference of the chart, by digest */
export async function push({ version, registry, images, chart }: Release): Promise<string> {
  await ensureBinaries([crane, helm])
  for (const each of images) await step(`pushing image ${each.image.name}`, () => pushImage(each, registry, version))
  const plain = registry.startsWith('127.') ? ['--plain-http'] : []
  // helm writes to standard error what it pushed. What the registry says isn't asked: it would be signed.
  const push = ['push', chart, `oci://${registry}/charts`, ...plain]
  const { code, stderr } = await step('pushing the chart', () => tryRun(binary(helm, 'helm'), push))
  const digest = /^Digest: (sha256:[0-9a-f]{64})$/m.exec(stderr)?.[1]
  if (code !== 0 || digest === undefined) throw new Error(`the chart was not pushed: ${stderr.trim()}`)
  return `${registry}/charts/callbot-operator@${digest}`
}

/** @throws when the registry has it under another digest than the chart names */
async function pushImage(assembled: Assembled, registry: string, version: string): Promise<void> {
  const tagged = `${repositoryOf(registry, assembled.image)}:${version}`
  const pushed = await craneRun('push', '--index', assembled.layout, tagged)
  const wanted = referenceOf(registry, assembled)
  if (pushed.trim() !== wanted) throw new Error(`${tagged} was pushed as ${pushed.trim()}, the chart has ${wanted}`)
}

export const craneRun = (...args: string[]) => run(binary(crane, 'crane'), args)

/** Signs a reference by digest. */
export async function sign(reference: string, identity: Identity): Promise<void> {
  await ensureBinaries([cosign])
  await cosignRun(['sign', '--yes', ...identity.sign, reference], identity)
}

/**
 * Signs the bill of materials of each architecture, as a statement about its image.
 * @throws when what was signed does not verify
 */
export async function attest({ registry, images }: Release, folder: string, identity: Identity): Promise<void> {
  for (const { image, parts } of images)
    for (const { architecture, manifest } of parts) {
      const bill = ['--type', 'cyclonedx', '--predicate', sbomFile(image, architecture, folder)]
      const reference = `${repositoryOf(registry, image)}@${manifest.digest}`
      const about = (...args: string[]) => cosignRun([...args, reference], identity)
      await about('attest', '--yes', ...identity.sign, ...bill)
      await about('verify-attestation', ...identity.verify, '--type', 'cyclonedx')
    }
}

const cosignRun = (args: string[], { env }: Identity) => run(binary(cosign, 'cosign'), args, { env })

/** Never rejects because of a signature: the code says whether it is right. */
export const verify = (reference: string, { verify: how, env }: Identity): Promise<Ran> =>
  tryRun(binary(cosign, 'cosign'), ['verify', ...how, reference], { env })
