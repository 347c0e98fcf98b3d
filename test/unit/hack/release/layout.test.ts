import { expect } from 'chai'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { assembleIndex, blobFile, digestOf, onlyPart, type Part } from '../../../../hack/release/layout.ts'

describe('an index over the architectures of an image', () => {
  let folder: string
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'layout-'))))
  afterEach(() => rmSync(folder, { recursive: true }))

  it('is known by its digest before it is pushed, and has all that it names', () => {
    const parts = [built('amd64'), built('arm64')]
    const layout = join(folder, 'index')
    const digest = assembleIndex(layout, parts, '1.2.3')
    const text = readFileSync(join(layout, 'index.json'), 'utf8')
    expect(digest).to.equal(digestOf(text))
    const { manifests } = JSON.parse(text) as { manifests: { digest: string; platform: object }[] }
    expect(manifests.map(({ platform }) => platform)).to.deep.equal([
      { os: 'linux', architecture: 'amd64' },
      { os: 'linux', architecture: 'arm64' },
    ])
    for (const { digest: of } of manifests) expect(digestOf(readFileSync(blobFile(layout, of)))).to.equal(of)
    expect(assembleIndex(layout, parts, '1.2.3')).to.equal(digest)
    expect(assembleIndex(layout, parts, '1.2.4')).not.to.equal(digest)
  })

  it('is not made of a folder with more than one image', () => {
    const { layout, manifest } = built('amd64')
    writeFileSync(join(layout, 'index.json'), JSON.stringify({ manifests: [manifest, manifest] }))
    expect(() => onlyPart(layout, 'amd64')).to.throw(/has 2 images/)
  })

  /** As an image builder leaves it. */
  function built(architecture: Part['architecture']): Part {
    const layout = join(folder, architecture)
    mkdirSync(join(layout, 'blobs', 'sha256'), { recursive: true })
    const blob = (content: string) => {
      const descriptor = { mediaType: 'application/x', digest: digestOf(content), size: content.length }
      writeFileSync(blobFile(layout, descriptor.digest), content)
      return descriptor
    }
    const manifest = blob(JSON.stringify({ config: blob(architecture), layers: [blob(`layer of ${architecture}`)] }))
    writeFileSync(join(layout, 'index.json'), JSON.stringify({ manifests: [manifest] }))
    return onlyPart(layout, architecture)
  }
})
