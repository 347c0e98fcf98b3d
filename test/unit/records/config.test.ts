import { expect } from 'chai'
import { readRecordsConfig } from '../../../src/records/config.ts'

const least = {
  ...{
    CALLBOT_TENANT: 'clinic',
    CALLBOT_DATABASE_HOST: 'db',
    CALLBOT_DATABASE_TLS: '/db',
    CALLBOT_ROOTS: '/roots/keys',
  },
  CALLBOT_TLS: '/tls',
}

describe('the configuration of the program records', () => {
  it('has defaults for ports and the database', () => {
    expect(readRecordsConfig(least)).to.include({
      ...{ CALLBOT_DATABASE_PORT: 5_432, CALLBOT_DATABASE_NAME: 'callbot', CALLBOT_RECORDS_PORT: 8_447 },
      ...{ CALLBOT_HEALTH_PORT: 8_081, CALLBOT_LOG_LEVEL: 'info' },
    })
  })

  it('names each variable that is missing or wrong, and quotes none', () => {
    expect(() => readRecordsConfig({})).to.throw(
      'CALLBOT_TENANT, CALLBOT_DATABASE_HOST, CALLBOT_DATABASE_TLS, CALLBOT_ROOTS, CALLBOT_TLS: missing or out of range',
    )
    expect(() => readRecordsConfig({ ...least, CALLBOT_TENANT: 'a"; DROP' })).to.throw(/^CALLBOT_TENANT: missing/)
  })
})
