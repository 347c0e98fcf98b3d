import { expect } from 'chai'
import { settingsOf } from '../../../../src/rules/drill/settings.ts'

const settings = (returnSeconds: number, returnsAfterSeconds: number | undefined) =>
  settingsOf(
    { side: 'SIP', scenario: 'Blackhole', mode: 'Synthetic', limits: { returnSeconds } },
    { zones: ['a'], returnsAfterSeconds },
  )

describe('the settings of a drill', () => {
  it('have calls return in time when the hold of the failback and 20 seconds fit into the limit', () => {
    expect(settings(300, 280).returnsInTime).to.equal(true)
    expect(settings(300, 281).returnsInTime).to.equal(false)
    expect(settings(300, undefined).returnsInTime, 'until a person decides').to.equal(false)
  })
})
