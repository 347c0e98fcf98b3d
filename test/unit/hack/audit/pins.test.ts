import { expect } from 'chai'
import { checkPins } from '../../../../hack/audit/pins.ts'
import { runPins } from '../../../../hack/audit/run.ts'

const checks = (files: Record<string, string>) => checkPins(new Map(Object.entries(files))).map(({ check }) => check)
const digest = `sha256:${'a'.repeat(64)}`

describe('what is fetched for a build', () => {
  it('is pinned, all of it', async () => {
    expect(await runPins()).to.deep.equal([])
  })

  it('is found when an image has a base without a digest', () => {
    expect(checks({ Dockerfile: 'FROM debian:trixie-slim\n' })).to.deep.equal(['base'])
    expect(checks({ 'a/Dockerfile.edge': `FROM debian:trixie-slim@${digest}\nFROM x AS y\n` })).to.deep.equal(['base'])
    expect(checks({ Dockerfile: `# FROM x\nFROM debian:trixie-slim@${digest} AS one\n` })).to.deep.equal([])
  })

  it('is found when an image fetches what no lock records', () => {
    for (const line of [
      'RUN apt-get install -y curl',
      'RUN x && curl y',
      'ADD https://example.org/x /x',
      'RUN npm ci',
    ]) {
      expect(checks({ Dockerfile: `FROM debian@${digest}\n${line}\n` }), line).to.deep.equal(['fetch'])
    }
  })

  it('is found when a Python package has no hash', () => {
    const pinned = 'one==1.0 \\\n    --hash=sha256:aa\n'
    expect(checks({ 'x/requirements.txt': `# made by\n${pinned}` })).to.deep.equal([])
    expect(checks({ 'x/requirements.txt': `${pinned}two==2.0\n` })).to.deep.equal(['hash'])
  })

  it('is found when a Go module has no go.sum', () => {
    expect(checks({ 'x/go.mod': 'module x' })).to.deep.equal(['go-sum'])
    expect(checks({ 'x/go.mod': 'module x', 'x/go.sum': '' })).to.deep.equal([])
  })

  it('is found when an npm package has no integrity, or may run a program while it is installed', () => {
    const lock = (entry: object) => JSON.stringify({ packages: { '': {}, 'node_modules/a': entry } })
    expect(checks({ 'package-lock.json': lock({ version: '1' }) })).to.deep.equal(['hash'])
    expect(checks({ 'package-lock.json': lock({ integrity: 'sha512-a' }) })).to.deep.equal([])
    expect(checks({ '.npmrc': '#ignore-scripts=true\n' })).to.deep.equal(['scripts'])
  })
})
