/** Delivery of data to the client, and encryption of stored data. */
import { z } from 'zod'
import { choice, group, integer, objectName, labelValue, secretKeyRef, setOf, text, webAddress } from './fields.ts'
import { exactlyOne, notServed, type Rule, when, withRules } from './rule.ts'
import { tlsSchema } from './security.ts'

const httpsOnly = (name: 'url' | 'endpoint'): Rule<string> => ({
  cel: "self.startsWith('https://')",
  message: `${name} must begin with https://, since personal data is sent to it`,
  holds: (value) => value.startsWith('https://'),
})

const webhook = group(
  'Sends each call with POST as Standard Webhooks describes it: the receiver verifies webhook-signature.',
  {
    url: withRules(webAddress('Address of the receiver, https only. Redirects are not followed.'), httpsOnly('url')),
    region: notServed('region', labelValue('Region in which the receiver stores the data.')),
    tls: tlsSchema.optional(),
  },
)

const s3 = group('Writes each call as an object of an S3 bucket.', {
  endpoint: withRules(webAddress('Address of the S3 service, https only.'), httpsOnly('endpoint')),
  bucket: text('Name of the bucket.', 63),
  prefix: text('Prefix of the names of the objects. Absent: none.', 200).optional(),
  region: labelValue('Region of the bucket.'),
  secretRef: group('The Secret with accessKeyID and secretAccessKey.', {
    name: objectName('Name of the Secret, in the same namespace.'),
  }),
})

const file = group('Writes each call as a file of a volume, for the client to fetch.', {
  claimName: objectName('Name of the PersistentVolumeClaim, in the same namespace.'),
  path: withRules(z.string().min(1).max(200).describe('Folder in the volume. Default: / .'), {
    cel: "self.startsWith('/') && !self.contains('..')",
    message: 'path must begin with "/" and have no "..": it is a folder inside the volume, such as /calls',
    holds: (value) => value.startsWith('/') && !value.includes('..'),
  }).default('/'),
})

const deliveryShape = group('Delivery of data to the client. Set webhook, s3 or file.', {
  webhook: webhook.optional(),
  s3: notServed('s3', s3),
  file: notServed('file', file),
  classes: setOf(
    'The classes of data that are delivered. A class that a rule keeps for 0 days can be delivered too: from memory, at the end of the call.',
    choice('One class of data; see rules.', [
      'CallerNumber',
      'CallMetadata',
      'Transcript',
      'Recording',
      'CollectedFields',
    ]),
    { min: 1, max: 5 },
  ).default(['CallMetadata', 'CollectedFields']),
  format: notServed(
    'format',
    choice('Format of a call. JSON: one object. CSV: one row, and the recording as a separate file.', ['JSON', 'CSV']),
  ),
  signingSecretRef: secretKeyRef(
    'The key of the signature: whsec_ and 24 to 64 bytes in base64. While it is replaced there may be two, with a space or a line between: each signs.',
    'signingKey',
  ),
  giveUpAfterSeconds: integer(
    'How long a failed delivery is retried, in seconds from the end of the call, and never beyond the life of the data: 900 at most for a class that is kept for 0 days. At 0 there is one try.',
    0,
    2592000,
  ).default(86400),
  afterwards: notServed(
    'afterwards',
    choice('Erase: delivered data is erased here immediately. Keep: the rules decide.', ['Erase', 'Keep']),
  ),
})

export const deliverySchema = withRules(
  deliveryShape,
  exactlyOne<z.output<typeof deliveryShape>>(
    ['webhook', 's3', 'file'],
    'delivery must have exactly one of webhook, s3 and file: keep one',
  ),
)

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
