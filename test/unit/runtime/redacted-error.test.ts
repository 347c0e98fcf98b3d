import { expect } from 'chai'
import { describeBug } from '../../../src/runtime/redacted-error.ts'

describe('a bug in the log', () => {
  it('has its kind and its place, and nothing of what it quotes', () => {
    const words = 'mon numéro est le zéro six'
    try {
      JSON.parse(words)
    } catch (error) {
      expect(String(error)).to.include('mon num')
      expect(describeBug(error).bug).to.equal('SyntaxError')
      expect(JSON.stringify(describeBug(error))).not.to.include('num')
    }
    expect(describeBug('words')).to.deep.equal({ bug: 'string', at: 'unknown' })
  })
})
