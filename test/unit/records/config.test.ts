import { expect } from 'chai'
import { readRecordsConfig } from '../../../src/records/config.ts'

const least = {
  ...{
    CALLBOT_TENANT: 'clinic',
    CALLBOT_STORE_HOST: 'store',
    CALLBOT_ROOTS: '/roots/keys',
  },
  CALLBOT_TLS: '/tls',
}

describe('the configuration of the program records', () => {
  it('has defaults for ports', () => {
    expect(readRecordsConfig(least)).to.include({
      ...{ CALLBOT_STORE_PORT: 8_449, CALLBOT_RECORDS_PORT: 8_447 },
      ...{ CALLBOT_HEALTH_PORT: 8_081, CALLBOT_LOG_LEVEL: 'info' },
    })
  })

  it('names each variable that is missing or wrong, and quotes none', () => {
    expect(() => readRecordsConfig({})).to.throw(
      'CALLBOT_TENANT, CALLBOT_STORE_HOST, CALLBOT_ROOTS, CALLBOT_TLS: missing or out of range',
    )
    expect(() => readRecordsConfig({ ...least, CALLBOT_TENANT: 'a"; DROP' })).to.throw(/^CALLBOT_TENANT: missing/)
  })
})
