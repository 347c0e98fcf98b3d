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
      logLevel: 'info',
      concurrency: 16,
      lease: { durationSeconds: 4, renewDeadlineSeconds: 3, retryPeriodSeconds: 1 },
      caLifetimeSeconds: 157_680_000,
      leafLifetimeSeconds: 2_592_000,
      renewAtFraction: 0.66,
      mediaCidrs: [],
      mediaByEdges: false,
      scheduling: {},
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

  it('knows a database of the chart by its host alone, and another one by its port', () => {
    const host = 'db.example.com'
    const database = (more: NodeJS.ProcessEnv) =>
      readOperatorConfig({ ...least, CALLBOT_DATABASE_HOST: host, ...more }).database
    expect(database({})).to.deep.equal({ host, outside: undefined })
    const variables = {
      CALLBOT_DATABASE_PORT: '5433',
      CALLBOT_DATABASE_CA: 'PEM',
      CALLBOT_DATABASE_CIDRS: '192.0.2.1/32',
    }
    const outside = { port: 5_433, name: 'callbot', ca: 'PEM', cidrs: ['192.0.2.1/32'] }
    expect(database(variables)).to.deep.equal({ host, outside })
    expect(() => database({ CALLBOT_DATABASE_PORT: '0' })).to.throw('CALLBOT_DATABASE_PORT is "0"')
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
