/** Handing data over to the client, and keeping the rest unreadable for everyone else. */
import { z } from 'zod'
import { choice, group, integer, objectName, labelValue, secretKeyRef, setOf, text, webAddress } from './fields.ts'
import { exactlyOne, type Rule, when, withRules } from './rule.ts'
import { tlsSchema } from './security.ts'

const httpsOnly = (name: 'url' | 'endpoint'): Rule<string> => ({
  cel: "self.startsWith('https://')",
  message: `${name} must begin with https://, since personal data is sent to it`,
  holds: (value) => value.startsWith('https://'),
})

const webhook = group('Sends each call with POST, signed in the header Callbot-Signature.', {
  url: withRules(webAddress('Where it is sent, by https only.'), httpsOnly('url')),
  region: labelValue('Where the receiver stores it. Compared with residency.regions.'),
  tls: tlsSchema.optional(),
})

const s3 = group('Writes each call as an object of an S3 bucket.', {
  endpoint: withRules(webAddress('Address of the S3 service, by https only.'), httpsOnly('endpoint')),
  bucket: text('Name of the bucket.', 63),
  prefix: text('What the names of the objects begin with. Absent: nothing.', 200).optional(),
  region: labelValue('Region of the bucket. Compared with residency.regions.'),
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

const deliveryShape = group('Hands data over to the client. Give webhook, s3 or file.', {
  webhook: webhook.optional(),
  s3: s3.optional(),
  file: file.optional(),
  classes: setOf(
    'What is handed over. Also what a rule keeps for 0 days can be: it goes out from memory at the end of the call.',
    choice('One class of data; see rules.', [
      'CallerNumber',
      'CallMetadata',
      'Transcript',
      'Recording',
      'CollectedFields',
    ]),
    { min: 1, max: 5 },
  ).default(['CallMetadata', 'CollectedFields']),
  format: choice('How a call is written. JSON: one object. CSV: one row, and the sound beside it.', [
    'JSON',
    'CSV',
  ]).default('JSON'),
  signingSecretRef: secretKeyRef(
    'The key of the signature (HMAC with SHA-256), so that the receiver knows who sent it.',
    'signingKey',
  ),
  giveUpAfterSeconds: integer(
    'How long delivery is tried again after a failure, in seconds. After that the data is erased undelivered, and the status says how much. At 0 there is one try.',
    0,
    2592000,
  ).default(86400),
  afterwards: choice('Erase: what was handed over is erased here at once. Keep: the rules decide.', [
    'Erase',
    'Keep',
  ]).default('Erase'),
})

export const deliverySchema = withRules(
  deliveryShape,
  exactlyOne<z.output<typeof deliveryShape>>(
    ['webhook', 's3', 'file'],
    'delivery must have exactly one of webhook, s3 and file: keep one',
  ),
)

const encryptionShape = group(
  'How stored data is made unreadable. Each call has a key of its own; erasing it erases the call in every copy.',
  {
    wrappingKey: choice(
      'What protects the keys of the calls. Operator: a key that the operator makes for this policy. Secret: a key of yours. KMS: a key that never leaves your key server.',
      ['Operator', 'Secret', 'KMS'],
    ).default('Operator'),
    secretRef: secretKeyRef('Secret: where the key is, 32 bytes in base64.', 'key').optional(),
    kms: group('KMS: the key server.', {
      url: webAddress('Address of the key server (Vault transit API).'),
      keyName: text('Name of the key.', 128),
      secretRef: secretKeyRef('The token for the key server.', 'token'),
    }).optional(),
    rotationSeconds: integer(
      'How often the wrapping key is changed, in seconds. At 0 only by hand. Default: 90 days.',
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

export const encryptionSchema = withRules(encryptionShape, needs('secretRef', 'Secret'), needs('kms', 'KMS')).prefault(
  {},
)
