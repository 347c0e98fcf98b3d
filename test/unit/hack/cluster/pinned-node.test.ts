import { expect } from 'chai'
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { checkNode, nodeBinary, readSums } from '../../../../hack/cluster/pinned-node.ts'

interface Lock {
  packages: Record<string, { version: string; integrity?: string; hasInstallScript?: true; bin?: { node?: string } }>
}
const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as Lock
const names = Object.keys(packages).filter((name) => name !== '')

/** Packages with an install script, and why it need not run: none does (.npmrc). */
const SCRIPTS_NOT_RUN: Record<string, string> = {
  'node_modules/esbuild': 'it puts its binary in the place of its command, which nothing here runs',
  'node_modules/onnxruntime-node': 'it downloads CUDA libraries, which nothing here uses',
}

describe('what npm installs', () => {
  let folder: string
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'pinned-node-'))))
  afterEach(() => rmSync(folder, { recursive: true }))

  it('is pinned by its hash in package-lock.json, every package of it', () => {
    expect(names.filter((name) => !packages[name]?.integrity)).to.deep.equal([])
  })

  it('runs no program of its own while it is installed', () => {
    expect(readFileSync('.npmrc', 'utf8')).to.match(/^ignore-scripts=true$/m)
    const withScripts = names.filter((name) => packages[name]?.hasInstallScript)
    expect(withScripts, 'say in this test why its script need not run').to.deep.equal(Object.keys(SCRIPTS_NOT_RUN))
  })

  it('includes Node for each platform, in the version of which hack/node.sha256 has the hash', () => {
    const nodes = names.filter((name) => packages[name]?.bin?.node !== undefined)
    const sums = readSums(readFileSync('hack/node.sha256', 'utf8'))
    expect([...sums.keys()]).to.deep.equal(nodes.map((name) => `${name}/bin/node`))
    expect(new Set(nodes.map((name) => packages[name]?.version)).size).to.equal(1)
  })

  it('has the Node that is recorded', () => checkNode('.'))

  it('is refused for an image when its Node is another one than recorded', () => {
    mkdirSync(dirname(join(folder, nodeBinary)), { recursive: true })
    copyFileSync(nodeBinary, join(folder, nodeBinary))
    checkNode(folder)
    writeFileSync(join(folder, nodeBinary), '#!/bin/sh\n')
    expect(() => checkNode(folder)).to.throw(/has the SHA-256 [0-9a-f]{64}, hack\/node.sha256 says [0-9a-f]{64}/)
  })

  it('is refused for an image when Node is missing: npm skips an optional package that is not what the lock pins', () => {
    expect(() => checkNode(folder)).to.throw(
      /is missing: npm could not fetch it, or it is not what package-lock.json pins/,
    )
  })
})
