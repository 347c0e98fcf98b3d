import { expect } from 'chai'
import { parse } from 'yaml'
import { callbotSchema, type CallbotSpec } from '../../../src/api/callbot.ts'
import { integrationSchema } from '../../../src/api/integration.ts'
import { parseObject } from '../../../src/api/parse.ts'
import { sparedNumbers } from '../../../src/edge/plan/spared-numbers.ts'
import { planTrunks } from '../../../src/edge/plan/trunk-tables.ts'
import { renderTrunks } from '../../../src/edge/render/trunk-tables.ts'
import { configurationFacts } from '../../../src/operator/render/bot-configuration.ts'
import { renderDeployment } from '../../../src/operator/render/deployment.ts'
import { declaredTrunks } from '../../../src/operator/render/edge-trunks.ts'
import { parseTrunks } from '../../../src/rules/trunks.ts'
import { renderingRequest, transcriptionRequest } from '../../../src/voice/speech/openai-requests.ts'
import { aBot, aSpec, aWorld } from '../../harness/builders.ts'
import { aFlow, asking, PlayedCall } from '../../harness/flows.ts'
import { trunkFacts } from '../../harness/builders-trunks.ts'

/*
 * What fields do that no other test shows. Each test is about an effect: what somebody would see who gave the field another value.
 */

const object = (kind: string, spec: string) => ({
  ...{ apiVersion: 'callbots.dev/v1alpha1', kind, metadata: { name: 'one' } },
  spec: parse(spec) as object,
})
const BOT = `
numbers: ['+33199000001']
language: fr-FR
dialog: { configMapRef: { name: flow } }
integrationRefs: [{ name: cabinet }]
fallback: { number: '4000', integrationRef: { name: cabinet } }`
const botOf = (more: string): CallbotSpec => callbotSchema.parse(object('Callbot', `${BOT}\n${more}`)).spec
const problemsOf = (raw: object) => {
  const read = parseObject(raw)
  return 'problems' in read ? read.problems.map(({ path, message }) => `${path}: ${message}`) : []
}

describe('what a field of a dialog does', () => {
  it('start: calls begin with that step, wherever it stands', () => {
    const flow = (start: string) =>
      aFlow(`${start}\nsteps:\n  - { name: a, hangUp: { say: A. } }\n  - { name: b, hangUp: { say: B. } }`)
    expect(new PlayedCall(flow('')).said).to.equal('A.')
    expect(new PlayedCall(flow('start: b')).said).to.equal('B.')
  })

  it('bargeIn: what is Refused can not be talked over', () => {
    const said = (bargeIn: string) => {
      const flow = aFlow(`steps:\n  - { name: a, say: { text: A., ${bargeIn} }, next: b }\n  - { name: b, hangUp: {} }`)
      return new PlayedCall(flow).effects[0]
    }
    expect(said('bargeIn: Refused')).to.include({ bargeIn: 'Refused' })
    expect(said('bargeIn: Allowed')).to.include({ bargeIn: 'Allowed' })
  })

  it('currency: it is meant where the caller names none', () => {
    const paid = (slot: string) =>
      new PlayedCall(asking(`slot: { type: Amount${slot} }, confirm: Never`)).hears('douze').state.collected
    expect(paid(', currency: CHF')).to.deep.equal({ value: '12.00 CHF' })
    expect(paid('')).to.deep.equal({ value: '12.00 EUR' })
  })

  it('maxSeconds and noInputSeconds: the bot listens for so long, and waits for so long', () => {
    const listens = (slot: string, more: string) =>
      new PlayedCall(asking(`slot: { type: FreeText${slot} }${more}`)).waits
    expect(listens(', maxSeconds: 7', ', noInputSeconds: 9')).to.include({ maxSeconds: 7, noInputSeconds: 9 })
  })

  it('ringSeconds and method: a transfer rings for so long, and goes that way', () => {
    const flow = aFlow(
      `steps:\n  - { name: a, transfer: { integration: cabinet, to: '4001', method: Refer, ringSeconds: 12 } }`,
    )
    expect(new PlayedCall(flow).waits).to.include({ type: 'Transfer', method: 'Refer', ringSeconds: 12 })
  })

  it('say of a way out: it is said before the dialog goes on', () => {
    const ways = "noInput: { say: 'Tant pis.', next: done }, noMatch: { say: 'Dommage.', next: done }"
    const call = () => new PlayedCall(asking(`slot: { type: YesNo }, ${ways}`))
    expect(call().silence().silence().said).to.match(/^Tant pis[.]/)
    expect(call().hears('peut-être').hears('peut-être').said).to.match(/^Dommage[.]/)
  })
})

describe('what a field of a Callbot does', () => {
  const podOf = (bot: Parameters<typeof aBot>[0]) => {
    const deployment = renderDeployment(aBot(bot), aWorld().world.settings, 'configuration', 3)
    return deployment.spec!.template.spec!
  }

  it('dialog.configMapRef: its pods mount that key of that ConfigMap', () => {
    const dialog = { configMapRef: { name: 'accueil', key: 'v2.yaml' } }
    const facts = configurationFacts({ ...botOf(''), dialog })
    const volumes = podOf({ configuration: facts }).volumes
    expect(volumes).to.deep.include({
      name: 'dialog',
      configMap: { name: 'accueil', items: [{ key: 'v2.yaml', path: 'v2.yaml' }], defaultMode: 0o444 },
    })
  })

  it('zones, placement.regions and placement.certifications: its pods run on such nodes only', () => {
    const placement = { regions: ['eu-west-3'], certifications: ['HDS' as const] }
    expect(JSON.stringify(podOf({ spec: aSpec({ zones: ['zone-a'], placement }) })['affinity'])).to.equal(
      JSON.stringify({
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: {
            nodeSelectorTerms: [
              {
                matchExpressions: [
                  { key: 'topology.kubernetes.io/zone', operator: 'In', values: ['zone-a'] },
                  { key: 'topology.kubernetes.io/region', operator: 'In', values: ['eu-west-3'] },
                  { key: 'callbots.node-restriction.kubernetes.io/HDS', operator: 'Exists' },
                ],
              },
            ],
          },
        },
      }),
    )
    expect(podOf({})).not.to.have.property('affinity')
  })

  it('region of a speech server or language model: outside of placement.regions it is refused', () => {
    const server = "url: 'https://s.example.org/v1', region: us-east-1"
    const outside = [
      `speech: { asr: [{ ${server} }] }`,
      `speech: { tts: [{ ${server} }] }`,
      `llm: { providers: [{ ${server} }] }`,
    ]
    for (const providers of outside) {
      const refused = problemsOf(object('Callbot', `${BOT}\n${providers}\nplacement: { regions: [eu-west-3] }`))
      expect(refused).to.have.length(1)
      expect(refused[0]).to.match(
        /^spec[.]placement: placement[.]regions must contain the declared region of every speech and llm/,
      )
      const inside = object('Callbot', `${BOT}\n${providers}\nplacement: { regions: [us-east-1] }`)
      expect(problemsOf(inside)).to.deep.equal([])
    }
  })

  it('type of a language model: Embedded is refused, for none is installed with the operator', () => {
    const [refused] = problemsOf(object('Callbot', `${BOT}\nllm: { providers: [{ type: Embedded }] }`))
    expect(refused).to.match(/^spec[.]llm[.]providers: providers of llm must not be of type Embedded/)
  })

  it('model and voice of a speech server: it is asked for them', () => {
    const provider = { type: 'OpenAICompatible', url: 'https://s.test', timeoutMilliseconds: 1, model: 'm' } as const
    const spoken = renderingRequest({ ...provider, voice: 'siwis' }, { text: 'a', language: 'fr-FR', isFixed: false })
    expect(JSON.parse(spoken.body.toString())).to.include({ model: 'm', voice: 'siwis' })
    const heard = transcriptionRequest(provider, { samples: new Int16Array(8), language: 'fr-FR', hints: [] })
    expect(heard.body.toString()).to.match(/name="model"\r\n\r\nm\r\n/)
  })

  it('url and secretRef of servers: pods reach that port, and are given that key of that Secret', () => {
    const server = (port: number, name: string) =>
      `{ url: 'https://s.example.org:${port}/v1', region: here, secretRef: { name: ${name}, key: token } }`
    const spec = botOf(
      `speech: { asr: [${server(1001, 'asr')}], tts: [${server(1002, 'tts')}] }\nllm: { providers: [${server(1003, 'llm')}] }`,
    )
    const { providerPorts, secrets } = configurationFacts(spec)
    expect(providerPorts).to.deep.equal([1001, 1002, 1003])
    expect(secrets.map(({ name }) => name)).to.deep.equal(['asr', 'llm', 'tts'])
    for (const { keys } of secrets) expect(keys).to.include('token')
  })
})

describe('what a field of an Integration does', () => {
  const trunks = (criticality: string, backup: string) =>
    object(
      'Integration',
      `criticality: ${criticality}\nsip: { trunks: [{ name: a, role: Primary, address: { host: 192.0.2.1 } }${backup}] }`,
    )

  it('criticality: High and Critical are refused without a backup, for each side', () => {
    const backup = ', { name: b, role: Backup, address: { host: 192.0.2.2 } }'
    const web = (name: string, role: string) => `{ name: ${name}, role: ${role}, url: 'https://${name}.test' }`
    for (const criticality of ['High', 'Critical']) {
      expect(problemsOf(trunks(criticality, ''))[0]).to.match(
        /^spec[.]sip: sip[.]trunks must have one with role Backup/,
      )
      expect(problemsOf(trunks(criticality, backup))).to.deep.equal([])
      const http = object('Integration', `criticality: ${criticality}\nhttp: { endpoints: [${web('a', 'Primary')}] }`)
      expect(problemsOf(http)[0]).to.match(/^spec[.]http: http[.]endpoints must have one with role Backup/)
    }
    expect(problemsOf(trunks('Standard', ''))).to.deep.equal([])
  })

  it('transport of an endpoint: what is sent in the clear has to be asked for', () => {
    const endpoint = (url: string, transport: string) =>
      problemsOf(
        object(
          'Integration',
          `http: { endpoints: [{ name: a, role: Primary, url: '${url}', transport: ${transport} }] }`,
        ),
      )
    expect(endpoint('http://a.test', 'Plain')).to.deep.equal([])
    expect(endpoint('http://a.test', 'TLS')[0]).to.match(
      /^spec[.]http[.]endpoints\[0\][.]url: url must begin with https/,
    )
    expect(endpoint('https://a.test', 'Plain')).to.have.length(1)
  })

  const sip = (more: string, trunk: string) =>
    integrationSchema.parse(
      object('Integration', `sip: { trunks: [{ name: a, role: Primary, srtp: Preferred, ${trunk} }], ${more} }`),
    ).spec.sip!
  /** From the spec to what the proxy reads. */
  const tableOf = (more: string, trunk: string) => {
    const integration = { namespace: 'lilas', name: 'cabinet', uid: 'u' }
    const group = parseTrunks(JSON.stringify({ integration, epoch: 1, ...declaredTrunks(sip(more, trunk)) }))!
    return renderTrunks(planTrunks([group], trunkFacts()), sparedNumbers([]))
  }

  it('address, transport, capacity, probe and failover of trunks: the proxy receives each of them', () => {
    const table = tableOf(
      'probe: { intervalSeconds: 7, timeoutMilliseconds: 432, downAfter: 5, upAfter: 6 }, ' +
        'failover: { onStatusCodes: [477, 488], perTryMilliseconds: 765, failback: { holdSeconds: 54 } }',
      'address: { host: 192.0.2.9, port: 5099 }, transport: TCP, capacity: { maxCalls: 33, callsPerSecond: 11 }',
    )
    for (const told of ['hop=192.0.2.9\\:5099', 'via=tcp', 'calls=33', 'rate=11', 'every=7000', 'within=432', 'down=5'])
      expect(table).to.include(`${told};`)
    for (const told of ['up=6', 'codes=477/488', 'try=765', 'hold=54']) expect(table).to.include(told)
  })

  it('numbers of trunks: the proxy receives how to write them, and nothing where they have the plus', () => {
    const written = (numbers: string) =>
      /abroad=[^;]*(;home=\d+)?(;lead=\d+)?/.exec(
        tableOf('', `address: { host: 192.0.2.9 }, transport: UDP${numbers}`),
      )?.[0]
    expect(written('')).to.equal(undefined)
    expect(written(', numbers: { international: Plus }')).to.equal(undefined)
    expect(written(', numbers: { international: DoubleZero }')).to.equal('abroad=00')
    expect(written(", numbers: { international: Digits, national: { countryCode: '33' } }")).to.equal(
      'abroad=none;home=33;lead=0',
    )
    expect(written(", numbers: { national: { countryCode: '34', prefix: '' } }")).to.equal('abroad=plus;home=34')
  })

  it('tls and digest of trunks: the edges read those keys of those Secrets, and ask for that name', () => {
    const tls =
      'tls: { identitySecretRef: { name: own }, caSecretRef: { name: theirs, key: ca.pem }, serverName: pbx.test }'
    const digest = 'digest: { secretRef: { name: who }, realm: clinic, algorithms: SHA256OrMD5 }'
    const [trunk] = declaredTrunks(sip('', `address: { host: 192.0.2.9 }, ${tls}, ${digest}`)).trunks
    expect(trunk).to.deep.include({
      tls: { identitySecret: 'own', caSecret: { name: 'theirs', key: 'ca.pem' }, serverName: 'pbx.test' },
      digest: { secret: 'who', realm: 'clinic', algorithms: 'SHA256OrMD5' },
    })
  })
})
