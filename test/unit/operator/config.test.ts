import { expect } from 'chai'
import { DEFAULT_VALUES } from '../../../src/rules/egress.ts'
import { readOperatorConfig } from '../../../src/operator/config.ts'

const least = { POD_NAME: 'callbot-operator-0', CALLBOT_IMAGE: 'registry.test/callbot:1' }

describe("the operator's configuration", () => {
  it('needs its own name and the image of the bots; everything else has a default', () => {
    expect(readOperatorConfig(least)).to.deep.equal({
      podName: 'callbot-operator-0',
      namespace: 'callbot-system',
      image: 'registry.test/callbot:1',
      recordsImage: 'registry.test/callbot:1',
      logLevel: 'info',
      concurrency: 16,
      lease: { durationSeconds: 4, renewDeadlineSeconds: 3, retryPeriodSeconds: 1 },
      caLifetimeSeconds: 157_680_000,
      leafLifetimeSeconds: 2_592_000,
      renewAtFraction: 0.66,
      mediaCidrs: [],
      mediaByEdges: false,
      scheduling: {},
      placement: { regions: [], certifications: [] },
      shares: { default: {}, namespaces: {}, total: {} },
      deniedCidrs: [],
      egress: DEFAULT_VALUES,
      apiServer: undefined,
      reservations: [],
      database: undefined,
      rootKeySeconds: 86_400,
      metricsPort: 8443,
      healthPort: 8081,
      webhookPort: 0,
    })
  })

  it('takes what is set, fractions of seconds too', () => {
    const env = {
      ...least,
      CALLBOT_CONCURRENCY: '4',
      CALLBOT_LEASE_RETRY_PERIOD_SECONDS: '0.5',
      CALLBOT_HEALTH_PORT: '0',
    }
    const config = readOperatorConfig(env)
    expect([config.concurrency, config.lease.retryPeriodSeconds, config.healthPort]).to.deep.equal([4, 0.5, 0])
  })

  it('names all that is missing or wrong at once, each with its cure', () => {
    const env = {
      CALLBOT_IMAGE: '',
      CALLBOT_LOG_LEVEL: 'loud',
      CALLBOT_CONCURRENCY: '2.5',
      CALLBOT_METRICS_PORT: '70000',
    }
    expect(() => readOperatorConfig(env))
      .to.throw(Error)
      .with.property('message')
      .that.includes('POD_NAME is missing: set it')
      .and.includes('CALLBOT_IMAGE is missing: set it')
      .and.includes('CALLBOT_LOG_LEVEL is "loud": set it to one of debug, info, warn, error, silent')
      .and.includes('CALLBOT_CONCURRENCY is "2.5": set it to a whole number')
      .and.includes('CALLBOT_METRICS_PORT is "70000": set it to a number from 0 to 65535')
  })

  for (const value of ['', ' ', 'soon', '0', '-1', 'NaN']) {
    it(`refuses "${value}" as a duration`, () => {
      const env = { ...least, CALLBOT_LEASE_DURATION_SECONDS: value }
      expect(() => readOperatorConfig(env)).to.throw(`CALLBOT_LEASE_DURATION_SECONDS is "${value}"`)
    })
  }

  it('knows whether there is a database, and whether others run it', () => {
    const database = (CALLBOT_DATABASE?: string) => readOperatorConfig({ ...least, CALLBOT_DATABASE }).database
    expect(database()).to.equal(undefined)
    expect(database('Own')).to.deep.equal({ isOutside: false })
    expect(database('Outside')).to.deep.equal({ isOutside: true })
    expect(() => database('db.example.com')).to.throw('CALLBOT_DATABASE is "db.example.com"')
  })

  it('takes the scheduling of pods as JSON of known members only', () => {
    const scheduling = (text: string) => readOperatorConfig({ ...least, CALLBOT_POD_SCHEDULING: text }).scheduling
    expect(scheduling('{"nodeSelector":{"voice":"yes"}}')).to.deep.equal({ nodeSelector: { voice: 'yes' } })
    expect(() => scheduling('{"hostNetwork":true}')).to.throw("CALLBOT_POD_SCHEDULING can't be read")
  })

  it('has the egress policy as the chart writes it, and does not start with one that can not be read', () => {
    const egress = { enforce: true, open: [{ cidrs: ['10.20.0.0/16'], namespaces: ['acme'] }], clusterCidrs: [] }
    expect(readOperatorConfig({ ...least, CALLBOT_EGRESS: JSON.stringify(egress) }).egress).to.deep.equal(egress)
    expect(() => readOperatorConfig({ ...least, CALLBOT_EGRESS: '{"enforce":1}' })).to.throw(
      "CALLBOT_EGRESS can't be read",
    )
  })
})
