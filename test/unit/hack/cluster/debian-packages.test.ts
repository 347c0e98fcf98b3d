import { expect } from 'chai'
import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  compareWithLock,
  mergeLocked,
  packagesOf,
  readLock,
  readShown,
  renderLock,
} from '../../../../hack/cluster/debian-packages.ts'

const text = readFileSync('hack/images/packages.lock', 'utf8')
const lock = readLock(text)

describe('the Debian packages of the images', () => {
  it('are recorded with version and hash, and the time of the archive that has them', () => {
    expect(text).to.match(/^# snapshot \d{8}T\d{6}Z$/m)
    expect(lock.map(({ name }) => name)).to.include.members(['kamailio', 'espeak-ng', 'libatomic1', 'libc6'])
    expect(lock.filter(({ version, sha256 }) => !/^\d/.test(version) || !/^[0-9a-f]{64}$/.test(sha256))).to.deep.equal(
      [],
    )
  })

  it('are recorded for each image and architecture', () => {
    const names = (image: string, architecture: string) =>
      packagesOf(lock, image, architecture).map(({ name, architecture: of }) => `${name} ${of}`)
    expect(names('edge', 'arm64')).to.include.members(['kamailio arm64', 'ca-certificates all'])
    expect(names('edge', 'amd64')).to.include.members(['kamailio amd64']).and.not.include('kamailio arm64')
    expect(names('operator', 'amd64')).not.to.include('kamailio amd64')
  })

  it('have one line, however many images have them', () => {
    const of = (...images: string[]) => ({ ...lock[0]!, images })
    expect(mergeLocked([of('speech'), of('edge'), of('speech')])).to.deep.equal([of('edge', 'speech')])
  })

  it('are written as they are read', () => {
    expect(renderLock(lock, 'trixie', /^# snapshot (.*)$/m.exec(text)![1]!)).to.equal(text)
  })

  it('are read from what apt-cache shows', () => {
    const shown =
      'Package: b\nSource: x\nVersion: 1:2-3\nArchitecture: all\nSHA256: bb\n\nPackage: a\nVersion: 1\nArchitecture: amd64\nSHA256: aa\n\n'
    expect(readShown(shown)).to.deep.equal([
      { name: 'a', version: '1', architecture: 'amd64', sha256: 'aa' },
      { name: 'b', version: '1:2-3', architecture: 'all', sha256: 'bb' },
    ])
  })

  it('may move on from the lock where an image is built for this machine', () => {
    const [first, ...rest] = lock
    expect(compareWithLock(lock, lock)).to.deep.equal({ moved: [], forged: [] })
    expect(compareWithLock([{ ...first!, version: '99' }], lock).moved).to.have.length(1)
    expect(compareWithLock([first!], rest).moved).to.have.length(1)
  })

  it('never have another content under the same version', () => {
    const { moved, forged } = compareWithLock([{ ...lock[0]!, sha256: '0'.repeat(64) }], lock)
    expect(moved).to.deep.equal([])
    expect(forged).to.have.length(1)
  })
})

const ofAmd64 = lock.filter(({ architecture }) => architecture !== 'arm64')

describe('packages.sh, which release images run', () => {
  let folder: string
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'packages-'))))
  afterEach(() => rmSync(folder, { recursive: true }))

  it('accepts exactly what the lock has', () => {
    expect(build(ofAmd64)).to.deep.include({ status: 0, stderr: '' })
  })

  it('refuses a package in another version than the lock has, and says the cure', () => {
    const { status, stderr } = build([{ ...lock[0]!, version: '99' }])
    expect(status).to.equal(1)
    expect(stderr).to.include(`${lock[0]!.name} 99`).and.include('make lock-packages')
  })

  it('refuses what the lock has of another architecture alone', () => {
    const { status, stderr } = build(ofAmd64, 'refuse', 'arm64')
    expect(status).to.equal(1)
    expect(stderr).to.include('espeak-ng ').and.not.include('ca-certificates ')
  })

  it('only reports it with DRIFT=report', () => {
    const { status, stderr } = build([{ ...lock[0]!, version: '99' }], 'report')
    expect(status).to.equal(0)
    expect(stderr).to.include(`${lock[0]!.name} 99`)
  })

  it('has nothing in it that a POSIX shell would not take', () => {
    execFileSync('sh', ['-n', 'hack/images/packages.sh'])
  })

  /** Runs it where these packages are installed, as dpkg-query would say. */
  function build(installed: typeof lock, drift = 'refuse', architecture = 'amd64') {
    cpSync('hack/images', folder, { recursive: true })
    const lines = installed.map(({ name, version }) => `${name} ${version}\n`).join('')
    writeFileSync(join(folder, 'installed'), lines)
    writeFileSync(join(folder, 'dpkg-query'), `#!/bin/sh\ncat ${join(folder, 'installed')}\n`)
    writeFileSync(join(folder, 'dpkg'), `#!/bin/sh\necho ${architecture}\n`)
    for (const program of ['dpkg', 'dpkg-query']) chmodSync(join(folder, program), 0o755)
    const env = { PATH: `${folder}:${process.env['PATH']}`, DRIFT: drift }
    return spawnSync('sh', [join(folder, 'packages.sh')], { encoding: 'utf8', env })
  }
})
