import { expect } from 'chai'
import { spooledStatus } from '../../../../hack/calls/asterisk-spool.ts'

const CALL = 'Channel: PJSIP/1@edge\nSetvar: CALL=c1\nArchive: yes\n'

describe('the file of a call that Asterisk placed', () => {
  it('has the status of the call once that is written', () => {
    expect(spooledStatus(`${CALL}Status: Completed\n`)).to.equal('Completed')
  })

  it('has none while Asterisk has moved it and not yet written the status', () => {
    for (const written of ['', 'Status: ', 'Status: Compl']) expect(spooledStatus(CALL + written)).to.equal(undefined)
  })
})
