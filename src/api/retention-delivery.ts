/** Delivery of data to the client, and encryption of stored data. */
import type { z } from 'zod'
import { choice, group, integer, secretKeyRef, setOf, text, webAddress } from './fields.ts'
import { when, withRules } from './rule.ts'
import { tlsSchema } from './security.ts'

const webhook = group(
  'Sends each call with POST as Standard Webhooks describes it: the receiver verifies webhook-signature.',
  {
    url: withRules(webAddress('Address of the receiver, https only. Redirects are not followed.'), {
      cel: "self.startsWith('https://')",
      message: 'url must begin with https://, since personal data is sent to it',
      holds: (value) => value.startsWith('https://'),
    }),
    tls: tlsSchema.optional(),
  },
)

export const deliverySchema = group('Delivery of data to the client.', {
  webhook,
  classes: setOf(
    'The classes of data that are delivered. A class that a rule keeps for 0 days can be delivered too: from memory, at the end of the call.',
    choice('One class of data; see rules.', ['CallerNumber', 'CallMetadata', 'Transcript', 'CollectedFields']),
    { min: 1, max: 4 },
  ).default(['CallMetadata', 'CollectedFields']),
  signingSecretRef: secretKeyRef(
    'The key of the signature: whsec_ and 24 to 64 bytes in base64. While it is replaced there may be two, with a space or a line between: each signs.',
    'signingKey',
  ),
  giveUpAfterSeconds: integer(
    'How long a failed delivery is retried, in seconds from the end of the call, and never beyond the life of the data: 900 at most for a class that is kept for 0 days. At 0 there is one try.',
    0,
    2592000,
  ).default(86400),
})

const encryptionShape = group(
  'Encryption of stored data. Each call has a separate key; erasing the key erases the call in every copy.',
  {
    wrappingKey: choice(
      'What protects the keys of the calls. Operator: a key that the operator generates for this policy. Secret: your own key. KMS: a key that never leaves your key server.',
      ['Operator', 'Secret', 'KMS'],
    ).default('Operator'),
    secretRef: secretKeyRef('Secret: the key, 32 bytes in base64.', 'key').optional(),
    kms: group('KMS: the key server.', {
      url: webAddress('Address of the key server (Vault transit API).'),
      keyName: text('Name of the key.', 128),
      secretRef: secretKeyRef('The token for the key server.', 'token'),
    }).optional(),
    rotationSeconds: integer(
      'How often the wrapping key is rotated, in seconds. At 0 only manually. Default: 90 days.',
      0,
      315360000,
    ).default(7776000),
  },
)

type Encryption = z.output<typeof encryptionShape>
const needs = (name: 'secretRef' | 'kms', wrappingKey: Encryption['wrappingKey']) =>
  when<Encryption>(
    name,
    `(self.wrappingKey == '${wrappingKey}') == has(self.${name})`,
    `${name} is needed with wrappingKey ${wrappingKey} and has no meaning without: add it or remove it`,
    (encryption) => (encryption.wrappingKey === wrappingKey) === (encryption[name] !== undefined),
  )

export const encryptionSchema = withRules(encryptionShape, needs('secretRef', 'Secret'), needs('kms', 'KMS'))
