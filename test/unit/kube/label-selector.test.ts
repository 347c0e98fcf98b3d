import { expect } from 'chai'
import { labelTest } from '../../../src/kube/label-selector.ts'

describe('a label selector', () => {
  const passes = (selector: string, labels?: Record<string, string>) => labelTest(selector)?.(labels)

  it('compares values, presence and absence', () => {
    const labels = { app: 'bot', tier: 'voice', empty: '' }
    for (const selector of ['', 'app=bot', 'app==bot, tier=voice', 'app', '!missing', 'app!=x', 'missing!=x', 'empty='])
      expect(passes(selector, labels), selector).to.equal(true)
    for (const selector of ['app=x', 'missing', '!app', 'app!=bot', 'app=bot,tier=x', 'missing='])
      expect(passes(selector, labels), selector).to.equal(false)
  })

  it('takes no labels for none', () => {
    expect(passes('!app')).to.equal(true)
    expect(passes('app')).to.equal(false)
  })

  it('leaves sets to the server', () => {
    expect(labelTest('app in (a,b)')).to.equal(undefined)
  })
})
