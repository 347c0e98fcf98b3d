import { aPolicy } from '../../../harness/builders.ts'
import { NOTHING_LEAVES } from '../../../../src/rules/policy-order.ts'
import { expect } from 'chai'
import { botConfigurationSchema } from '../../../../src/api/bot-configuration.ts'
import type { Callbot, CallbotSpec } from '../../../../src/api/callbot.ts'
import { parseObject } from '../../../../src/api/parse.ts'
import { botConfiguration, configurationFacts } from '../../../../src/operator/render/bot-configuration.ts'
import { voiceResources } from '../../../../src/operator/render/resource-requests.ts'
import fc from 'fast-check'
import { randomCallbot } from '../../../harness/random-callbot.ts'

const specOf = (changes: object = {}): CallbotSpec => {
  const parsed = parseObject({
    apiVersion: 'callbots.dev/v1alpha1',
    kind: 'Callbot',
    metadata: { name: 'accueil', namespace: 'lilas' },
    spec: {
      numbers: ['+33199000001'],
      language: 'fr-FR',
      dialog: { inline: { steps: [{ name: 'adieu', hangUp: {} }] } },
      integrationRefs: [{ name: 'cabinet' }],
      fallback: { number: '+33199000099', integrationRef: { name: 'cabinet' } },
      ...changes,
    },
  })
  if (!('value' in parsed)) throw new Error(JSON.stringify(parsed.problems))
  return (parsed.value as Callbot).spec
}

const cloud = (url: string, key?: string) => ({
  url,
  region: 'eu-west-3',
  ...(key === undefined ? {} : { secretRef: { name: 'speech-key', key } }),
})

describe('the configuration of the pods of a bot', () => {
  it('fits the schema by which pods read it, whatever the spec', () => {
    fc.assert(
      fc.property(randomCallbot, fc.constantFrom([], ['motif']), (bot, collect) => {
        const parsed = parseObject(bot)
        if (!('value' in parsed)) return
        const told = JSON.parse(JSON.stringify(botConfiguration((parsed.value as Callbot).spec, aPolicy(collect))))
        expect(botConfigurationSchema.safeParse(told).error?.issues).to.equal(undefined)
      }),
    )
  })

  it('has the dialog itself, or where its file lies', () => {
    expect(botConfiguration(specOf(), NOTHING_LEAVES)).to.have.nested.property('dialog.steps[0].name', 'adieu')
    const fromFile = botConfiguration(
      specOf({ dialog: { configMapRef: { name: 'flow', key: 'v2.yaml' } } }),
      NOTHING_LEAVES,
    )
    expect(fromFile).to.include({ dialogFile: '/etc/callbot/dialog/v2.yaml' }).and.not.to.have.property('dialog')
  })

  it('has nothing that rolls pods without need: no numbers, zones, replicas', () => {
    const told = botConfiguration(specOf(), NOTHING_LEAVES)
    expect(told).not.to.have.any.keys('numbers', 'zones', 'placement', 'regions')
    const placed = botConfiguration(specOf({ placement: { regions: ['eu-west-3'] } }), NOTHING_LEAVES)
    expect(placed.regions).to.deep.equal(['eu-west-3'])
    expect(told.capacity).to.deep.equal({ callsPerPod: 20 })
  })
})

describe('what the operator keeps of it', () => {
  it('changes with the dialog, its tests, speech and turn-taking, and with nothing else', () => {
    const digest = (changes: object) => configurationFacts(specOf(changes)).digest
    const plain = digest({})
    const others = [
      { dialog: { inline: { steps: [{ name: 'adieu', hangUp: { say: 'Au revoir.' } }] } } },
      { tests: [{ name: 'adieu', turns: [{}] }] },
      { speech: { vocabulary: ['Lilas'] } },
      { turnTaking: { endOfTurnMilliseconds: 900 } },
      { capacity: { callsPerPod: 21 } },
      { drain: { deadlineSeconds: 5 } },
    ]
    expect(new Set([plain, ...others.map(digest)]).size).to.equal(others.length + 1)
    expect(digest({ numbers: ['+33199000002'] })).to.equal(plain)
    expect(digest({ capacity: { minReplicas: 5 } })).to.equal(plain)
  })

  it('is which ports outside and which Secrets pods need, each once', () => {
    const speech = {
      asr: [cloud('https://one.example.org/v1', 'asr'), cloud('http://two.example.org/v1', 'asr')],
      tts: [cloud('https://one.example.org:8443', 'tts'), cloud('https://three.example.org/v1')],
    }
    expect(configurationFacts(specOf({ speech }))).to.deep.include({
      providerPorts: [80, 443, 8443],
      secrets: [{ name: 'speech-key', keys: ['asr', 'tts'] }],
    })
    expect(configurationFacts(specOf())).to.deep.include({ providerPorts: [], secrets: [] })
  })
})

describe('what a pod asks for', () => {
  it('grows with its calls and is written as the API server writes it back', () => {
    expect(voiceResources(1)).not.to.deep.equal(voiceResources(500))
    for (let calls = 1; calls <= 500; calls++) {
      const { requests, limits } = voiceResources(calls)
      for (const memory of [requests.memory, limits.memory]) expect(memory).to.match(/^[0-9]+(Mi|Gi)$/)
      const inMebi = [requests.memory, limits.memory].filter((memory) => memory.endsWith('Mi')).map(Number.parseFloat)
      for (const memory of inMebi) expect(memory % 1024).not.to.equal(0)
      expect(requests.cpu)
        .to.match(/^([0-9]+m|[0-9]+)$/)
        .and.not.to.match(/000m$/)
    }
  })
})
