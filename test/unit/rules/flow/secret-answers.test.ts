import { expect } from 'chai'
import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { callbotSchema } from '../../../../src/api/callbot.ts'
import { integrationSchema } from '../../../../src/api/integration.ts'
import { retentionPolicySchema } from '../../../../src/api/retention-policy.ts'
import { checkFlow } from '../../../../src/rules/flow/check.ts'
import { aFlow } from '../../../harness/flows.ts'

const sample = callbotSchema.parse(parse(readFileSync('config/samples/30-callbot.yaml', 'utf8')))
const policy = retentionPolicySchema.parse(parse(readFileSync('config/samples/20-retention-policy.yaml', 'utf8')))
const legal = { purpose: 'to pay', legalBasis: 'Contract' }
const paying = {
  ...policy.spec,
  collect: [
    { field: 'card', ...legal },
    { field: 'why', ...legal },
  ],
} as typeof policy.spec

const service = (place: string, transport = 'TLS') => {
  const path = place === 'Path' ? '/pay/{card}' : '/pay'
  const url = transport === 'TLS' ? 'https://pay.example.org' : 'http://pay.example.org'
  return integrationSchema.parse({
    apiVersion: 'callbots.dev/v1alpha1',
    kind: 'Integration',
    metadata: { name: 'shop', namespace: 'shop' },
    spec: {
      sip: { trunks: [{ name: 'one', role: 'Primary', address: { host: 'pbx.example.org' } }] },
      http: {
        endpoints: [{ name: 'one', role: 'Primary', url, transport }],
        operations: [
          {
            ...{ name: 'pay', method: 'POST', path },
            ...{ input: [{ name: 'card', in: place }], output: [{ name: 'receipt', pointer: '/receipt' }] },
          },
        ],
      },
    },
  }).spec
}

const check = (steps: string, place = 'Body', transport = 'TLS') => {
  const found = checkFlow(aFlow(`steps:\n${steps}`), {
    path: 'dialog',
    bot: {
      ...{ integrationRefs: [{ name: 'shop' }], fallback: sample.spec.fallback, tests: [] },
      retentionPolicyRef: { name: 'paying' },
    },
    integrations: new Map([['shop', service(place, transport)]]),
    policy: paying,
  })
  const lines = (problems: typeof found.errors) => problems.map(({ path, message }) => `${path}: ${message}`)
  const outcomes = /when no endpoint answers|^spec[.]tests/
  return { errors: lines(found.errors), warnings: lines(found.warnings).filter((line) => !outcomes.test(line)) }
}

const ASK =
  "  - { name: card, ask: { text: 'Your card?', field: card, slot: { type: Digits }, keys: Only, sensitivity: Secret }, next: pay }"
const PAY =
  "  - { name: pay, request: { integration: shop, operation: pay, input: [{ name: card, value: '{card}' }] }, next: end }"
const END = '  - { name: end, hangUp: { say: Goodbye. } }'

describe('a secret answer', () => {
  it('may be an input of an operation, and nothing is said against it', () => {
    expect(check([ASK, PAY, END].join('\n'))).to.deep.equal({ errors: [], warnings: [] })
  })

  it('is refused wherever it would be spoken or handed over; the message names the step and the cure', () => {
    const spoken = check([ASK, PAY, END.replace('Goodbye.', "'{card} is paid.'")].join('\n')).errors
    expect(spoken).to.deep.equal([
      'dialog.steps[2].hangUp.say: card is Secret (step card asks for it) and is never spoken: remove {card} from the text',
    ])
    const held = check([ASK, PAY.replace("'{card}' }]", "'{card}' }], holdText: '{card}'"), END].join('\n')).errors
    expect(held[0]).to.match(/^dialog[.]steps\[1\][.]request[.]holdText: card is Secret/)
    const end = "  - { name: end, transfer: { integration: shop, to: '4001', handOver: [card] } }"
    expect(check([ASK, PAY, end].join('\n')).errors).to.deep.equal([
      'dialog.steps[2].transfer.handOver: card is Secret (step card asks for it) and is never handed over: remove it; only an input of an operation may have it',
    ])
  })

  it('shares its name with nothing that is not secret', () => {
    const again =
      "  - { name: again, ask: { text: 'Again?', field: card, slot: { type: Digits }, confirm: Never, keys: Only }, next: end }"
    expect(check([ASK, PAY.replace('next: end', 'next: again'), again, END].join('\n')).errors).to.deep.equal([
      'dialog.steps[2].ask.sensitivity: card is Secret (step again asks for it), and here it is not: set sensitivity to Secret here too, or choose another name',
    ])
  })

  it('is worth a warning where others than the web service may read it', () => {
    const steps = [ASK, PAY, END].join('\n')
    for (const [place, word] of [
      ['Path', 'path'],
      ['Query', 'query'],
    ] as const)
      expect(check(steps, place).warnings).to.deep.equal([
        `dialog.steps[1].request.input[0]: card is Secret, and the ${word} of a request stands in the access logs of the web service: ` +
          'set in to Body for input card of operation pay, if the web service can take it there',
      ])
    expect(check(steps, 'Body', 'Plain').warnings[0]).to.match(
      /has an endpoint with transport Plain, which the network/,
    )
  })
})

describe('an answer that is not secret', () => {
  it('is worth a warning, too, in the path or the query of a request', () => {
    const asked = ASK.replace(', sensitivity: Secret', '').replaceAll('card', 'why').replace('name: why', 'name: card')
    const steps = [asked, PAY.replace('{card}', '{why}'), END].join('\n')
    expect(check(steps, 'Path').warnings[0]).to.include('card has what a caller said, and the path of a request stands')
    expect(check(steps, 'Header').warnings).to.deep.equal([])
    expect(check([PAY.replace('{card}', 'fixed'), END].join('\n'), 'Query').warnings).to.deep.equal([])
  })
})
