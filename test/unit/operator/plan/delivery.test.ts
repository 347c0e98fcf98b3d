import { expect } from 'chai'
import { renderRecords, renderRecordsNetworkPolicy } from '../../../../src/operator/render/records.ts'
import { readTargets, type Target } from '../../../../src/rules/delivery/targets.ts'
import { aRetentionWorld, NOW } from '../../../harness/retention-worlds.ts'

const TARGET: Target = {
  policy: 'month',
  webhook: {
    url: 'https://crm.example.org:8443/calls',
    tls: {
      identitySecretRef: { name: 'identity' },
      caSecretRef: { name: 'authority', key: 'ca.pem' },
      serverName: 'crm.example.org',
    },
  },
  signingSecret: { name: 'identity', key: 'signingKey' },
  classes: ['CallMetadata'],
  collect: [],
  giveUpAfterSeconds: 60,
}
const certificate = { serial: '1', issuer: 'ca', bundle: 'b', notBefore: NOW, notAfter: NOW + 1 }

describe('the pods of callbot-records of a namespace that delivers', () => {
  const world = aRetentionWorld({ targets: [TARGET] })
  const keys = world.children.statefulSet!.rootKeys!
  const pod = (of = world) => renderRecords(of, certificate, keys).spec!.template.spec!
  const variable = (name: string, of = world) => pod(of).containers[0]!.env!.find((one) => one.name === name)?.value

  it('tells it the identity to show and the name to expect', () => {
    expect(readTargets(variable('CALLBOT_DELIVERIES')!)).to.deep.equal([TARGET])
  })

  it('mount of each Secret the keys that are named, and the hosts to which it goes', () => {
    const secrets = pod().volumes!.filter(({ name }) => name.startsWith('delivery-'))
    const named = secrets.map(({ secret }) => [secret!.secretName, secret!.items!.map(({ key }) => key)])
    expect(named).to.deep.equal([
      ['authority', ['ca.pem', 'callbots.hosts']],
      ['identity', ['callbots.hosts', 'signingKey', 'tls.crt', 'tls.key']],
    ])
    expect(
      secrets.map(({ secret }) => secret!.optional),
      'the pod starts without them',
    ).to.deep.equal([true, true])
    const mounts = pod().containers[0]!.volumeMounts!.map(({ mountPath }) => mountPath)
    expect(mounts).to.include.members(['/etc/callbot/secrets/authority', '/etc/callbot/secrets/identity'])
  })

  it('may reach the port of the receiver, and no address of a link or a metadata service', () => {
    const egress = renderRecordsNetworkPolicy(world).spec!.egress!
    const out = egress.find(({ ports }) => ports?.some(({ port }) => port === 8443))!
    const blocks = out.to!.flatMap(({ ipBlock }) => ipBlock ?? [])
    expect(blocks.find(({ cidr }) => cidr === '0.0.0.0/0')!.except).to.include('169.254.0.0/16')
  })

  it('are without all of it where nothing is delivered', () => {
    const none = aRetentionWorld()
    expect(variable('CALLBOT_DELIVERIES', none)).to.equal(undefined)
    expect(pod(none).volumes).to.have.length(3)
  })
})
