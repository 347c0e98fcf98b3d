import { NOTHING_LEAVES } from '../../../../src/rules/policy-order.ts'
import { expect } from 'chai'
import { botConfigurationSchema } from '../../../../src/api/bot-configuration.ts'
import { configurationName } from '../../../../src/operator/judge/configuration.ts'
import {
  integrationConfigurationFacts,
  integrationConfiguration,
  withIntegrations,
} from '../../../../src/operator/render/bot-configuration-integrations.ts'
import { renderDeployment } from '../../../../src/operator/render/deployment.ts'
import { renderNetworkPolicy } from '../../../../src/operator/render/network-policy.ts'
import { aBot, aWorld } from '../../../harness/builders.ts'
import { anIntegrationSpec } from '../../../harness/integration-worlds.ts'

const trunk = { name: 'paris', role: 'Primary', address: { host: 'paris.pbx.example' } }
const endpoint = { name: 'nord', role: 'Primary', url: 'https://nord.example/v1' }
const sip = (...trunks: object[]) => anIntegrationSpec({ sip: { trunks } })
const http = (changes: object = {}) => anIntegrationSpec({ http: { endpoints: [{ ...endpoint, ...changes }] } })

const nameWith = (spec: ReturnType<typeof sip>) => {
  const bot = aBot()
  const configuration = withIntegrations(bot.configuration, new Map([['cabinet', integrationConfigurationFacts(spec)]]))
  return configurationName({ ...bot, configuration }, NOTHING_LEAVES)
}

describe('the configuration of pods about an Integration', () => {
  it('is what bot.json can hold', () => {
    const { integrations } = botConfigurationSchema.shape
    const both = anIntegrationSpec({ sip: { trunks: [trunk] }, http: { endpoints: [endpoint] } })
    const told = [integrationConfiguration('cabinet', both), integrationConfiguration('agenda', undefined)]
    expect(integrations.parse(told)).to.deep.equal(told)
    expect(told[1]).to.deep.equal({ name: 'agenda' })
  })

  it('is of the trunks what kinds of media they take, each once', () => {
    const plain = { ...trunk, name: 'lyon', role: 'Backup', srtp: 'Preferred', transport: 'UDP' }
    const told = integrationConfiguration('cabinet', sip(trunk, plain, { ...plain, name: 'nice' }))
    expect(told.sip?.media).to.deep.equal(['Preferred', 'Required'])
    expect(JSON.stringify(told)).not.to.include('example')
  })

  it('replaces no pod when a trunk comes, goes or moves, and does when the web service changes', () => {
    const before = nameWith(sip(trunk))
    const moved = { ...trunk, address: { host: 'elsewhere.example', port: 5099 } }
    expect(nameWith(sip(moved))).to.equal(before)
    expect(nameWith(sip(trunk, { ...trunk, name: 'lyon', role: 'Backup' }))).to.equal(before)
    expect(nameWith(sip({ ...trunk, srtp: 'Preferred' }))).not.to.equal(before)
    expect(nameWith(http())).not.to.equal(nameWith(http({ url: 'https://sud.example/v1' })))
  })

  it('has no operation for tests: another one replaces no pod', () => {
    const operations = [{ name: 'slots', method: 'GET', path: '/slots', idempotency: 'Idempotent' }]
    const web = (more: object) => anIntegrationSpec({ http: { endpoints: [endpoint], operations, ...more } })
    expect(nameWith(web({ testOperation: 'slots' }))).to.equal(nameWith(web({})))
  })
})

describe('what an Integration adds to the pods of a bot', () => {
  const secrets = http({
    tls: { identitySecretRef: { name: 'us' }, caSecretRef: { name: 'them' } },
    auth: { type: 'OAuth2', secretRef: { name: 'client' }, tokenURL: 'https://login.example:9443/token' },
  })
  const bot = aBot({
    configuration: {
      ...aBot().configuration,
      secrets: [
        { name: 'client', keys: ['key'] },
        { name: 'speech', keys: ['key'] },
      ],
    },
  })
  const configuration = withIntegrations(
    bot.configuration,
    new Map([['agenda', integrationConfigurationFacts(secrets)]]),
  )

  it('are the Secrets of its web service, whole, and optional: they may come later', () => {
    const keys = configuration.secrets.map((secret) => [secret.name, secret.keys])
    expect(Object.fromEntries(keys)).to.deep.equal({ client: 'all', speech: ['key'], them: 'all', us: 'all' })
    const { settings } = aWorld().world
    const text = JSON.stringify(renderDeployment({ ...bot, configuration }, settings, 'x', 1))
    expect(text).to.include('"secret":{"secretName":"us","defaultMode":288,"optional":true}')
    expect(text).to.include('"mountPath":"/etc/callbot/secrets/us"')
  })

  it('are ways through the network to its ports', () => {
    expect(configuration.providerPorts).to.deep.equal([443, 9443])
    const text = JSON.stringify(renderNetworkPolicy({ ...bot, configuration }, aWorld().world.settings))
    expect(text).to.include('"port":9443')
  })

  it('is nothing for one that is not there', () => {
    expect(withIntegrations(bot.configuration, new Map())).to.deep.equal(bot.configuration)
  })
})
