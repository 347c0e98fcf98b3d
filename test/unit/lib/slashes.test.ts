import { expect } from 'chai'
import { withoutSlashes } from '../../../src/lib/slashes.ts'

describe('a text without the slashes at its end', () => {
  it('keeps all others', () => {
    const cases = [
      ['', ''],
      ['/', ''],
      ['/v1', '/v1'],
      ['/v1//', '/v1'],
      ['//a/b', '//a/b'],
    ] as const
    for (const [text, kept] of cases) expect(withoutSlashes(text), text).to.equal(kept)
  })
})
