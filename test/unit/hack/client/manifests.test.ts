import { expect } from 'chai'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { repo } from '../../../../hack/cluster/settings.ts'
import { clientManifests } from '../../../../hack/client/manifests.ts'
import type { Integration } from '../../../../src/api/integration.ts'
import type { Manifest } from '../../../../src/operator/render/manifest.ts'

const sample = <T>(name: string) => parse(readFileSync(join(repo, 'config', 'samples', name), 'utf8')) as T
const { metadata, spec } = sample<Integration>('10-integration.yaml')
const role = sample<{ rules: { resourceNames: string[] }[] }>('11-trunk-secrets-role.yaml')
const objects = clientManifests(metadata.namespace!) as Manifest[]
const namesOf = (kind: string, namespace: string) =>
  objects
    .filter((each) => each.kind === kind && each.metadata.namespace === namespace)
    .map((each) => each.metadata.name)
/** Every `name` below a property that names a Secret. */
const named = (value: unknown): string[] =>
  Object.entries((value ?? {}) as Record<string, unknown>).flatMap(([key, each]) =>
    /SecretRef$|^secretRef$/.test(key)
      ? [(each as { name: string }).name]
      : typeof each === 'object'
        ? named(each)
        : [],
  )

describe("the client's systems beside the samples", () => {
  it('are where the sample says that they are', () => {
    const hosts = [
      ...spec.sip!.trunks.map(({ address }) => address.host),
      ...spec.http!.endpoints.map(({ url }) => new URL(url).hostname),
    ]
    const services = ['client-pbx', 'client-web'].flatMap((namespace) =>
      namesOf('Service', namespace).map((name) => `${name}.${namespace}.svc.cluster.local`),
    )
    expect(services).to.have.members(hosts)
  })

  it('come with every Secret that the sample names', () => {
    expect(namesOf('Secret', metadata.namespace!)).to.include.members([...new Set(named(spec))])
  })

  it('need of the practice that the edges may read the Secrets of its trunks, and no others', () => {
    expect(role.rules.flatMap(({ resourceNames }) => resourceNames)).to.have.members([...new Set(named(spec.sip))])
  })
})
