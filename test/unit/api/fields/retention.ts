import { of, type Shown } from './shown.ts'

/** Fields of a RetentionPolicy. */
export const POLICY: readonly Shown[] = [
  {
    file: 'test/integration/calls/put-through.test.ts',
    test: 'takes no value along that the retention policy does not list: not with a transfer, nor to the emergency number',
    fields: ['RetentionPolicy.collect[].field'],
  },
  {
    file: 'test/unit/rules/retention/life.test.ts',
    test: 'is what the rule says, in days of 24 hours or in seconds',
    fields: of('RetentionPolicy.rules[]', 'class', 'days', 'seconds'),
  },
  {
    file: 'test/unit/rules/retention/purge-plan.test.ts',
    test: 'reports in mode Audit, and destroys nothing',
    fields: ['RetentionPolicy.mode'],
  },
  {
    file: 'test/unit/rules/retention/purge-plan.test.ts',
    test: 'destroys nothing of a policy when its fuse blows, and goes on with the others',
    fields: ['RetentionPolicy.maxDeletionsPerRun'],
  },
  {
    file: 'test/unit/rules/retention/purge-plan.test.ts',
    test: 'covers calls from its first through its last day, of its classes',
    fields: of('RetentionPolicy.legalHolds[]', 'classes[]', 'callsFrom', 'callsUntil'),
  },
  {
    file: 'test/unit/rules/retention/purge-plan.test.ts',
    test: 'leaves what a legal hold covers through its last day',
    fields: ['RetentionPolicy.legalHolds[].endsOn'],
  },
  {
    file: 'test/integration/store/a-record-is-delivered.test.ts',
    test: 'is acknowledged once the receiver has it, and no row and no log has anything of it',
    fields: [
      'RetentionPolicy.delivery.webhook.url',
      'RetentionPolicy.delivery.webhook.tls.caSecretRef.name',
      'RetentionPolicy.delivery.webhook.tls.caSecretRef.key',
      'RetentionPolicy.delivery.classes[]',
      ...of('RetentionPolicy.delivery.signingSecretRef', 'name', 'key'),
    ],
  },
  {
    file: 'test/integration/store/a-record-is-delivered.test.ts',
    test: 'is tried once when it is given up after 0 seconds, and never after 900',
    fields: ['RetentionPolicy.delivery.giveUpAfterSeconds'],
  },
  {
    file: 'test/unit/operator/plan/delivery.test.ts',
    test: 'tells it the identity to show and the name to expect',
    fields: [
      'RetentionPolicy.delivery.webhook.tls.identitySecretRef.name',
      'RetentionPolicy.delivery.webhook.tls.serverName',
    ],
  },
]
