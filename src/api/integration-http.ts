/** The client's web service: endpoints, operations, and when the backup is asked. */
import { z } from 'zod'
import { choice, fieldName, group, integer, listBy, partName, labelValue, setOf, text, webAddress } from './fields.ts'
import { ROLES } from './integration-sip.ts'
import { when, withRules } from './rule.ts'
import { authSchema, tlsSchema } from './security.ts'

const endpointShape = group('One address of the web service.', {
  name: partName('Name of the endpoint.'),
  role: choice(
    'Primary: used while it answers. Backup: used when no primary answers; the first in the list first.',
    ROLES,
  ),
  url: webAddress('Base address, such as https://api.example.org/v1. The path of an operation is added to it.'),
  transport: choice(
    'TLS: url must be https. Plain: http, for services inside the cluster that do not support TLS; the network can read it.',
    ['TLS', 'Plain'],
  ).default('TLS'),
  tls: tlsSchema.optional(),
  auth: authSchema.prefault({}),
  region: labelValue(
    'Region in which the endpoint processes data, as you declare it: it is not proved. A bot with placement.regions, or in an installation with placement.regions, uses only endpoints in one of them.',
  ).optional(),
})

type Endpoint = z.output<typeof endpointShape>

const endpoint = withRules(
  endpointShape,
  when<Endpoint>(
    'url',
    "self.url.startsWith('https://') == (self.transport == 'TLS')",
    'url must begin with https://, or with http:// when transport is Plain: correct the one that is wrong',
    (self) => self.url.startsWith('https://') === (self.transport === 'TLS'),
  ),
  when<Endpoint>(
    'tls',
    "self.transport == 'TLS' || !has(self.tls)",
    'tls has a meaning only with transport TLS: remove it, or set transport to TLS',
    (self) => self.transport === 'TLS' || self.tls === undefined,
  ),
)

/** They say how the request travels and who asks: no value of a dialog may stand there. In lower case. */
const RESERVED_HEADERS = [
  ...['accept', 'authorization', 'connection', 'content-length', 'content-type', 'cookie', 'expect', 'host'],
  ...['idempotency-key', 'keep-alive', 'te', 'trailer', 'transfer-encoding', 'upgrade'],
  ...['x-callbot-drill', 'x-callbot-test'],
]

export const isReservedHeader = (name: string) => RESERVED_HEADERS.includes(name.toLowerCase())

const inputShape = group('One input value.', {
  name: fieldName('Name of the value, as steps of a conversation flow use it.'),
  in: choice('Path: replaces {name} in path. Query, Header: under the name. Body: a property of the JSON body.', [
    'Path',
    'Query',
    'Header',
    'Body',
  ]).default('Body'),
  as: text('The name that the web service uses. Absent: the same name.', 64).optional(),
  required: choice('Required: the step must set it. Optional: it may be left out.', ['Required', 'Optional']).default(
    'Required',
  ),
})

type Input = z.output<typeof inputShape>
const HEADER_NAME = /^[A-Za-z0-9][A-Za-z0-9_-]*$/

const input = withRules(
  inputShape,
  when<Input>(
    'as',
    "self.__in__ != 'Header' || !has(self.__as__) || self.__as__.matches(r'^[A-Za-z0-9][A-Za-z0-9_-]*$')",
    'as must be the name of a header when in is Header: letters, digits, "-" and "_", such as X-Patient',
    (self) => self.in !== 'Header' || self.as === undefined || HEADER_NAME.test(self.as),
  ),
  when<Input>(
    'as',
    `self.__in__ != 'Header' || !((has(self.__as__) ? self.__as__ : self.name).lowerAscii() in [${RESERVED_HEADERS.map((name) => `'${name}'`).join(', ')}])`,
    'as must not be a header that says how the request travels or who asks, such as Host or Authorization: choose another, or use auth of the endpoint',
    (self) => self.in !== 'Header' || !isReservedHeader(self.as ?? self.name),
  ),
)

const output = group('One output value.', {
  name: fieldName('Name of the value in the conversation flow.'),
  pointer: withRules(
    z
      .string()
      .min(1)
      .max(200)
      .describe('JSON pointer to the value in the response (RFC 6901), such as /slots/0/start.'),
    {
      cel: "self.matches(r'^(/[^/]*)+$')",
      message: 'pointer must be a JSON pointer, such as /slots/0/start: it begins with "/"',
      holds: (value) => /^(\/[^/]*)+$/.test(value),
    },
  ),
})

const outcome = group('One possible result of the operation.', {
  name: withRules(z.string().min(1).max(40).describe('Name of the outcome, for the steps of a conversation flow.'), {
    cel: "self.matches(r'^[A-Z][A-Za-z0-9]*$') && self != 'Failed'",
    message:
      'an outcome must be one word in CamelCase, such as Booked; Failed is taken: it means that no endpoint answered usably',
    holds: (name) => /^[A-Z][A-Za-z0-9]*$/.test(name) && name !== 'Failed',
  }),
  statusCodes: setOf('The HTTP status codes of this outcome.', integer('One HTTP status code.', 200, 499), {
    min: 1,
    max: 20,
  }),
})

const operationShape = group('One request that a conversation flow can send to the web service.', {
  name: partName('Name of the operation.'),
  method: choice('The HTTP method.', ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']),
  path: withRules(
    z.string().min(1).max(300).describe('Path after the url of the endpoint, such as /patients/{patientId}/slots.'),
    {
      cel: "self.matches(r'^/[A-Za-z0-9._~%/{}-]*$')",
      message: 'path must begin with "/" and have no query: values go in by input, such as /patients/{patientId}/slots',
      holds: (value) => /^\/[A-Za-z0-9._~%/{}-]*$/.test(value),
    },
  ),
  timeoutMilliseconds: integer('Timeout of an endpoint, in milliseconds. A caller is waiting.', 100, 30000).default(
    3000,
  ),
  idempotency: choice(
    'Idempotent: the request can be repeated, so a failed try is repeated at the next endpoint. IdempotencyKey: the same, with a key for each execution ' +
      'in the header Idempotency-Key. NotIdempotent: never repeated once it may have been received.',
    ['Idempotent', 'IdempotencyKey', 'NotIdempotent'],
  ).default('NotIdempotent'),
  input: listBy('name', 'The input values.', input, { max: 20 }).default([]),
  output: listBy('name', 'The output values.', output, { max: 20 }).default([]),
  outcomes: listBy(
    'name',
    'The results that a conversation flow can distinguish. A 2xx that no outcome lists is Done, and everything else is Failed.',
    outcome,
    { max: 10 },
  ).default([]),
})

type Operation = z.output<typeof operationShape>

const operation = withRules(
  operationShape,
  when<Operation>(
    'input',
    "!(self.method in ['GET', 'DELETE']) || self.input.all(i, i.__in__ != 'Body')",
    'input must have nothing in Body with GET or DELETE: set in to Query, Path or Header, or use POST',
    ({ method, input: given }) =>
      (method !== 'GET' && method !== 'DELETE') || given.every((each) => each.in !== 'Body'),
  ),
  when<Operation>(
    'input',
    "self.input.all(i, i.__in__ != 'Path' || self.path.contains('{' + i.name + '}'))",
    'every input in Path must stand in path between braces, such as {patientId}: add it to path, or set in to Query',
    ({ path, input: given }) => given.every((each) => each.in !== 'Path' || path.includes(`{${each.name}}`)),
  ),
  when<Operation>(
    'path',
    "self.path.split('{').size() - 1 == self.input.filter(i, i.__in__ == 'Path').size()",
    'path must have braces for the inputs in Path and no others: add an input with in Path for each, or remove the braces',
    ({ path, input: given }) => path.split('{').length - 1 === given.filter((each) => each.in === 'Path').length,
  ),
  when<Operation>(
    'idempotency',
    "self.method != 'GET' || self.idempotency == 'Idempotent'",
    'idempotency must be Idempotent with method GET, which must change nothing: set it, or use POST',
    ({ method, idempotency }) => method !== 'GET' || idempotency === 'Idempotent',
  ),
)

const probe = group(
  'How each endpoint is probed, whether it is in use or not. A failed probe is repeated after one second at the latest.',
  {
    path: text(
      'The path of the GET request; a status below 500 means that the endpoint is up. Default: /.',
      300,
    ).default('/'),
    intervalSeconds: integer('Interval between probes, in seconds.', 1, 300).default(5),
    timeoutMilliseconds: integer('Timeout of a probe, in milliseconds.', 100, 10000).default(1000),
    downAfter: integer('Number of consecutive failed probes after which the endpoint is down.', 1, 20).default(2),
    upAfter: integer('Number of consecutive answered probes after which the endpoint is up again.', 1, 20).default(2),
  },
).prefault({})

const circuitBreaker = group(
  'When an endpoint gets no requests for a while, because waiting for it would delay callers.',
  {
    openAfterPercent: integer(
      'Percentage of failed requests among the last windowCalls at which the circuit breaker opens.',
      1,
      100,
    ).default(50),
    windowCalls: integer('Number of the last requests that are counted.', 2, 1000).default(10),
    openSeconds: integer(
      'How long the circuit breaker stays open, in seconds. After that, probes and repeatable requests try the endpoint.',
      1,
      600,
    ).default(10),
    trialCalls: integer(
      'Number of consecutive successful tries after which the circuit breaker closes.',
      1,
      20,
    ).default(2),
  },
).prefault({})

const httpShape = group("The client's web service, which conversation flows use.", {
  endpoints: withRules(
    listBy('name', 'The addresses: one primary, and backups in the order in which they are tried.', endpoint, {
      min: 1,
      max: 10,
    }),
    {
      cel: "self.exists_one(e, e.role == 'Primary')",
      message: 'endpoints must have exactly one with role Primary: give the others role Backup',
      holds: (endpoints) => endpoints.filter(({ role }) => role === 'Primary').length === 1,
    },
  ),
  operations: listBy('name', 'The requests that a conversation flow can send.', operation, { max: 50 }).default([]),
  testOperation: partName(
    'Name of the operation that the test requests of drills use. It must be Idempotent, and need no input.',
  ).optional(),
  probe,
  circuitBreaker,
})

type Web = z.output<typeof httpShape>

/** Absent, or of the operation that it names. */
const ofTestOperation = (what: string) =>
  `!has(self.testOperation) || self.operations.all(o, o.name != self.testOperation || ${what})`
const testOperation = ({ operations, testOperation: name }: Web) => operations.find((each) => each.name === name)

export const httpSchema = withRules(
  httpShape,
  when<Web>(
    'testOperation',
    '!has(self.testOperation) || self.operations.exists(o, o.name == self.testOperation)',
    'testOperation must be the name of one of operations: correct it, or add the operation',
    (web) => web.testOperation === undefined || testOperation(web) !== undefined,
  ),
  when<Web>(
    'testOperation',
    ofTestOperation("o.idempotency == 'Idempotent'"),
    'testOperation must have idempotency Idempotent: drills repeat it, so name an operation that changes nothing',
    (web) => (testOperation(web)?.idempotency ?? 'Idempotent') === 'Idempotent',
  ),
  when<Web>(
    'testOperation',
    ofTestOperation("o.input.all(i, i.__in__ != 'Path' && i.required == 'Optional')"),
    'testOperation must need no input, for test requests have none: name an operation without inputs in Path or with required Required',
    (web) => (testOperation(web)?.input ?? []).every((each) => each.in !== 'Path' && each.required === 'Optional'),
  ),
)
