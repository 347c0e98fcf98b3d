import type { ReasonText } from './reason-text.ts'

/** Reasons that have to do with what is kept of calls: of a RetentionPolicy. */
export const retention = {
  StoreNotInstalled: {
    when: 'RetentionPolicy: it keeps data, and the installation has no store for it.',
    message:
      'the installation keeps no call records, so nothing that this policy keeps is stored: set records.enabled of the chart, or set the rules to 0',
    runbook: 'store-not-installed',
  },
  StoreUnavailable: {
    when: 'RetentionPolicy: sweep does not answer, or the database does not answer it. Expired records can not be read, but their keys wait.',
    message: '{because}. Check the pods callbot-postgres-0 and callbot-sweep in the namespace of the operator',
    runbook: 'store-unavailable',
  },
  KeysMissing: {
    when: 'RetentionPolicy: a Secret with root keys of the namespace was made, and does not exist any more. The operator makes no new one.',
    message:
      'Secret callbot-records-keys or callbot-records-keys-b does not exist: no stored record of this namespace can be read without it. Restore it, or accept the loss as the runbook describes',
    runbook: 'keys-missing',
  },
  RecordsUnavailable: {
    when: 'RetentionPolicy: no pod of callbot-records can store records. Bots keep what they could not store for a while, and then drop it.',
    message: '{because}. See kubectl describe pods -l app.kubernetes.io/component=records',
    runbook: 'records-unavailable',
  },
  PurgeOverdue: {
    when: 'RetentionPolicy: sweep has finished no run for two minutes. Expired records can not be read, but their keys wait.',
    message: 'no run of sweep has succeeded {since}: keys of expired records are not destroyed. Read its log',
    runbook: 'purge-overdue',
  },
  KeysInFiles: {
    when: 'RetentionPolicy: keys that were destroyed more than 10 minutes ago may still be in files of the database. Nobody can read the records through the database.',
    message: 'destroyed keys may still be in files of the database: {because}',
    runbook: 'keys-in-files',
  },
  FuseBlown: {
    when: 'RetentionPolicy: more records are due at once than maxDeletionsPerRun allows, so none of this policy are erased.',
    message:
      'the keys of {count} records are due, more than maxDeletionsPerRun: none is destroyed. Correct the rules, or raise maxDeletionsPerRun if it is meant',
    runbook: 'fuse-blown',
  },
  AuditOnly: {
    when: 'RetentionPolicy: mode is Audit, and records are due. They can not be read, and their keys are not destroyed.',
    message: 'mode is Audit: the keys of {count} records would be destroyed with mode Enforce',
    runbook: 'audit-only',
  },
  DeliveryFailing: {
    when: 'RetentionPolicy: the receiver of its delivery does not take what is sent. It is sent again until it is given up or has expired.',
    message:
      'records are not delivered: {because}. {count} messages were not delivered since the pods of callbot-records started',
    runbook: 'delivery-failing',
  },
  Undelivered: {
    when: 'RetentionPolicy: the receiver takes what is sent now, and messages of before were refused, given up or had expired. It goes when the pods of callbot-records start again.',
    message:
      '{count} messages were refused by the receiver, given up or had expired since the pods of callbot-records started: see callbot_records_messages_total',
    runbook: 'undelivered',
  },
} as const satisfies Record<string, ReasonText>
