import { expect } from 'chai'
import fc from 'fast-check'
import { planRetentionPolicy } from '../../../../src/operator/plan/retention-policy.ts'
import {
  readCertificate,
  renderRecords,
  renderRecordsNetworkPolicy,
  writeCertificate,
} from '../../../../src/operator/render/records.ts'
import { writePolicies } from '../../../../src/operator/render/policies.ts'
import { aRetentionPolicyFacts, aRetentionWorld } from '../../../harness/retention-worlds.ts'

const steps = (more: Parameters<typeof aRetentionWorld>[0] = {}) =>
  planRetentionPolicy(aRetentionWorld(more)).steps.map((step) =>
    step.do === 'apply' ? `apply ${step.manifest.kind}` : step.do,
  )
const CHILDREN = ['apply NetworkPolicy', 'apply Service', 'apply PodDisruptionBudget', 'applyRecords']
const { statefulSet, ...others } = aRetentionWorld().children

describe('what a namespace needs for its records', () => {
  it('is made with the first policy that keeps something: keys, certificate, closed doors, and only then the pods', () => {
    const made = steps({ children: { ...others, statefulSet: undefined } })
    expect(made).to.deep.equal(['makeRootKeys', 'issueCertificate', ...CHILDREN])
  })

  it('makes no second keys, ever, once the StatefulSet says that there were some', () => {
    expect(steps()).to.deep.equal(['checkRootKeys', 'checkCertificate', ...CHILDREN])
  })

  it('gets a new certificate when that of before is due, or of another authority', () => {
    expect(steps({ authority: { issuer: 'another', bundle: 'b' } })).to.include('issueCertificate')
    const old = { ...statefulSet!, certificate: { ...statefulSet!.certificate!, notAfter: aRetentionWorld().now + 1 } }
    expect(steps({ children: { ...others, statefulSet: old } })).to.include('issueCertificate')
  })

  it('is nothing without a store, without a policy that keeps something, and for a policy that is gone', () => {
    expect(steps({ settings: { ...aRetentionWorld().settings, database: undefined } })).to.deep.equal([])
    expect(steps({ keeping: [] })).to.deep.equal([])
    expect(steps({ policy: undefined })).to.deep.equal([])
  })

  it('is looked at again while the policy is more than its namespace may have, also if no other keeps anything', () => {
    const beyond = { resource: 'retentionPolicies', used: 20, limit: 20, of: 'Namespace' } as const
    const plan = planRetentionPolicy(aRetentionWorld({ beyond, keeping: [] }))
    expect(plan).to.deep.equal({ steps: [], waitingFor: ['its share of retentionPolicies'], recheckAfterSeconds: 120 })
  })

  it('waits for the CA of the installation', () => {
    expect(steps({ authority: undefined })).to.deep.equal([])
  })

  it('has pods that the restricted Pod Security Standard admits', () => {
    const { spec } = renderRecords(aRetentionWorld(), statefulSet!.certificate!, statefulSet!.rootKeys!)
    const { securityContext, containers } = spec!.template.spec!
    expect(securityContext).to.deep.include({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } })
    expect(containers.map((each) => each.securityContext)).to.deep.equal([
      {
        ...{ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, runAsNonRoot: true },
        capabilities: { drop: ['ALL'] },
      },
    ])
  })

  it('belongs to every policy that keeps something, so that none of them takes it away from the others', () => {
    const keeping = [
      { name: 'month', uid: 'one' },
      { name: 'week', uid: 'two' },
    ]
    const { metadata } = renderRecords(aRetentionWorld({ keeping }), statefulSet!.certificate!, statefulSet!.rootKeys!)
    expect(metadata.ownerReferences!.map(({ uid }) => uid)).to.deep.equal(['one', 'two'])
    expect(metadata.ownerReferences!.some(({ controller }) => controller)).to.equal(false)
  })
})

describe('the annotation with the certificate of a namespace', () => {
  it('is read as it was written, and anything else is none', () => {
    const word = fc.stringMatching(/^[0-9a-zA-Z_-]{1,40}$/)
    const at = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER })
    const facts = fc.record({ serial: word, issuer: word, bundle: word, notBefore: at, notAfter: at })
    fc.assert(
      fc.property(facts, (each) => {
        expect(readCertificate(writeCertificate(each))).to.deep.equal(each)
      }),
    )
    for (const text of [undefined, '', 'a b c', 'a b c x 5', 'a b c 5'])
      expect(readCertificate(text)).to.equal(undefined)
  })
})

describe('the file of policies', () => {
  it('is the same text in whatever order policies come', () => {
    const named = ['a', 'b', 'c', 'd'].map((name) => aRetentionPolicyFacts({ name }))
    fc.assert(
      fc.property(fc.shuffledSubarray(named, { minLength: 4 }), (shuffled) => {
        expect(writePolicies(shuffled)).to.equal(writePolicies(named))
      }),
    )
  })

  it('has room for 4,000 policies with long names, in a ConfigMap', () => {
    const many = Array.from({ length: 4_000 }, (_, index) => {
      const name = `${'n'.repeat(20)}-${index}`
      return aRetentionPolicyFacts({ namespace: name, name })
    })
    expect(Buffer.byteLength(writePolicies(many))).to.be.below(1_000_000)
  })

  it('has what sweep acts on, and no reference to a case', () => {
    const hold = {
      ...{ name: 'case', reference: '26/0417', classes: ['CallMetadata' as const] },
      ...{ callsFrom: '2026-05-01', callsUntil: '2026-06-01', endsOn: '2027-06-01' },
    }
    const { kept } = aRetentionPolicyFacts()
    const text = writePolicies([aRetentionPolicyFacts({ kept: { ...kept, legalHolds: [hold] } })])
    expect(text).to.not.include('0417')
    expect(JSON.parse(text)).to.deep.equal([
      {
        ...{ tenant: 'lilas', name: 'month', generation: 2, mode: 'Enforce', maxDeletionsPerRun: 100_000 },
        rules: [{ class: 'Transcript', seconds: 2_592_000 }],
        legalHolds: [
          {
            ...{ name: 'case', classes: ['CallMetadata'] },
            ...{ callsFrom: '2026-05-01', callsUntil: '2026-06-01', endsOn: '2027-06-01' },
          },
        ],
      },
    ])
  })
})

describe('the pods that write the records of a namespace', () => {
  const { certificate, rootKeys } = aRetentionWorld().children.statefulSet!

  it('get the name of the store, and nothing of the database', () => {
    const { env } = renderRecords(aRetentionWorld(), certificate!, rootKeys!).spec!.template.spec!.containers[0]!
    expect(env!.map(({ name, value }) => [name, value])).to.deep.include([
      'CALLBOT_STORE_HOST',
      'callbot-store.callbot-system.svc',
    ])
    expect(JSON.stringify(env)).not.to.include('DATABASE')
  })

  it('reach the store on its one port, and no database', () => {
    const { egress } = renderRecordsNetworkPolicy(aRetentionWorld()).spec!
    const namespaceSelector = { matchLabels: { 'kubernetes.io/metadata.name': 'callbot-system' } }
    const podSelector = { matchLabels: { 'app.kubernetes.io/component': 'store' } }
    expect(egress).to.deep.include({
      to: [{ namespaceSelector, podSelector }],
      ports: [{ protocol: 'TCP', port: 8449 }],
    })
    expect(JSON.stringify(egress)).not.to.match(/postgres|5432/)
  })
})
