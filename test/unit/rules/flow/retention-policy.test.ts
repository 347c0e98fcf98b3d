import { expect } from 'chai'
import { ask, bare, END, errors, policy } from '../../../harness/flow-check.ts'

const input =
  'input: [{ name: motif, value: a }, { name: date, value: b }, { name: moment, value: c }, { name: telephone, value: d }'

describe('the check of a dialog against its retention policy', () => {
  it('names every value that the policy does not allow', () => {
    const given = { ...bare({ retentionPolicyRef: { name: 'trente-jours' } }), policy: policy.spec }
    expect(errors(`steps:\n  ${ask()}\n  ${END}`, given)).to.deep.equal([
      'dialog.steps[0].ask.field: RetentionPolicy trente-jours does not allow ok: list it in spec.collect there, ' +
        "with purpose and legalBasis, or don't ask for it",
    ])
  })

  it('names every other value that would be handed over and that the policy does not list: to a web service, and with a transfer', () => {
    const given = { ...bare({ retentionPolicyRef: { name: 'trente-jours' } }), policy: policy.spec }
    const yaml = `steps:
  ${ask().replace('field: ok', 'field: motif').replace('next: end', 'next: call')}
  - name: call
    request: { integration: cabinet, operation: demander-rendez-vous, ${input}, { name: dossier, value: '{heure}' }] }
    next: end
  - { name: end, transfer: { integration: cabinet, to: '4001', handOver: [motif, heure] } }`
    const withheld = 'RetentionPolicy trente-jours does not list heure, so it never leaves the bot: list it in'
    const [input4, handOver, ...more] = errors(yaml, given)
    expect(input4).to.include(`dialog.steps[1].request.input[4].value: ${withheld}`)
    expect(handOver).to.include(`dialog.steps[2].transfer.handOver: ${withheld}`)
    expect(more).to.deep.equal([])
  })

  it('names every value that would be handed over where the bot names no policy, for then nothing leaves it', () => {
    const yaml = `steps:
  ${ask().replace('field: ok', 'field: motif').replace('next: end', 'next: call')}
  - name: call
    request: { integration: cabinet, operation: demander-rendez-vous, ${input}] }
    next: end
  - { name: end, transfer: { integration: cabinet, to: '4001', handOver: [motif] } }`
    const cure = 'set spec.retentionPolicyRef to one that lists motif in spec.collect, with purpose and legalBasis'
    const found = errors(yaml)
    expect(found.at(-1)).to.include(
      `dialog.steps[2].transfer.handOver: the bot names no RetentionPolicy, so motif never leaves it: ${cure}`,
    )
    expect(
      errors(yaml, { ...bare({ retentionPolicyRef: { name: 'trente-jours' } }), policy: policy.spec }),
    ).to.deep.equal([])
  })
})
