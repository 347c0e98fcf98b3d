import { readCertificates } from '../../../src/pki/pem.ts'
import { readRevocationLists } from '../../../src/pki/crl.ts'
import { outcomeOf } from '../../../src/rules/delivery/outcome.ts'
import { requestOf } from '../../../src/rules/http/request.ts'
import { readAnswer } from '../../../src/rules/http/response.ts'
import { isReleasedTo } from '../../../src/rules/secret-hosts.ts'
import { speakText } from '../../../src/conversation/spoken-values.ts'
import { fieldsIn } from '../../../src/rules/flow/flow.ts'
import { createAuthority } from '../authority.ts'
import { inFrench } from '../hearing.ts'
import { anOperation } from '../operations.ts'
import { fitting, JSONS, shapesOf, TEXTS } from './hostile-text.ts'
import { type Input, isDefined } from './input.ts'

/* What web services of clients answer, and what tenants write. */

/** Octets of an answer, as src/voice/http/endpoint.ts has it. */
const LONGEST_ANSWER = 256_000
const PLACES = ['Path', 'Query', 'Header', 'Body'] as const

const operation = anOperation({
  output: [{ name: 'a', pointer: '/a' }],
})
const deep = anOperation({
  output: Array.from({ length: 20 }, (_, index) => ({ name: `o${index}`, pointer: `/a/0${'/b'.repeat(98)}` })),
})

const answers: readonly Input[] = [
  {
    row: "Response of a client's web service",
    what: 'JSON of any kind',
    longest: LONGEST_ANSWER,
    shapes: JSONS,
    read: (text) => readAnswer(deep, 200, Buffer.from(text)),
    isRead: (end) => 'outcome' in (end as object),
  },
  {
    row: "Response of a client's web service",
    what: 'one value',
    longest: LONGEST_ANSWER,
    read: (text) =>
      readAnswer(operation, 200, Buffer.from(`{"a":${JSON.stringify(fitting(text, LONGEST_ANSWER - 6))}}`)),
    isRead: (end) => 'outcome' in (end as object),
  },
  {
    row: "A receiver's answer",
    what: 'its Retry-After',
    longest: 16_384,
    read: (text) => outcomeOf({ kind: 'answered', status: 503, retryAfter: text }, { tries: 0, now: 0, chance: 0 }),
    isRead: isDefined,
  },
]

const operations: readonly Input[] = [
  ...PLACES.map((place): Input => ({
    row: 'Integration: operations, templates',
    what: `values in its ${place}`,
    longest: 5_000,
    read: (text) => {
      const names = Array.from({ length: 20 }, (_, index) => `v${index}`)
      const input = names.map((name) => ({ name, in: place }))
      const path = place === 'Path' ? `/${names.map((name) => `{${name}}`).join('/')}` : '/'
      const given = Object.fromEntries(names.map((name) => [name, text]))
      return requestOf(anOperation({ path, input }), given, 'key')
    },
    isRead: isDefined,
  })),
  {
    row: 'Integration: operations, templates',
    what: 'its path',
    longest: 100_000,
    shapes: { ...TEXTS, ...shapesOf(['{a', '{{', '}{']) },
    read: (path) => requestOf({ ...operation, path }, {}, 'key'),
    isRead: isDefined,
  },
]

const texts: readonly Input[] = [
  {
    row: 'One turn of a conversation flow',
    what: 'a text with fields',
    longest: 5_000,
    shapes: { ...TEXTS, ...shapesOf(['{value}', '{a', '{{value', 'a{value} ']) },
    read: (text) => [fieldsIn(text), speakText(text, { value: text }, () => undefined, inFrench)],
    isRead: isDefined,
  },
  {
    row: 'One turn of a conversation flow',
    what: 'a value that is spoken',
    longest: 5_000,
    read: (value) =>
      (['Digits', 'FreeText', undefined] as const).map((type) => speakText('{value}', { value }, () => type, inFrench)),
    isRead: isDefined,
  },
]

const secrets: readonly Input[] = [
  {
    row: 'Secrets of trunks and web services',
    what: 'the hosts that it is for',
    longest: 10_000,
    read: (text) => isReleasedTo(text, 'trunk.example.org'),
    isRead: isDefined,
  },
  {
    row: 'Secrets of trunks and web services',
    what: 'certificates',
    longest: 65_536,
    shapes: {
      ...TEXTS,
      ...shapesOf(['-----BEGIN CERTIFICATE-----\n']),
      'as many as may be': () => createAuthority('largest').cert.repeat(50),
    },
    read: readCertificates,
    isRead: (certificates) => 'pem' in (certificates as object),
  },
  {
    row: 'Revocation lists of callers',
    what: 'its text',
    longest: 16_384,
    shapes: {
      ...TEXTS,
      ...shapesOf(['-----BEGIN X509 CRL-----\n', '-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n']),
    },
    read: (text) => readRevocationLists(text, [], 0),
    isRead: isDefined,
  },
]

export const OF_CLIENTS: readonly Input[] = [...answers, ...operations, ...texts, ...secrets]
