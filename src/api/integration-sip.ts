/** The client's telephone system: trunks, how they are watched, and when the backup takes over. */
import { z } from 'zod'
import { EMERGENCY_NUMBERS } from '../lib/emergency-numbers.ts'
import {
  choice,
  dialable,
  e164,
  fieldName,
  group,
  host,
  integer,
  IPV6,
  listBy,
  partName,
  quotable,
  setOf,
} from './fields.ts'
import { digestSchema, tlsSchema } from './security.ts'
import { matches, type Rule, when, withRules } from './rule.ts'

export const ROLES = ['Primary', 'Backup'] as const

/** Answers after which the next trunk is tried: the peer can't serve, which says nothing about the person called. */
const FAILOVER_CODES = [408, 480, 500, 501, 502, 503, 504]

const OCTET = '(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])'
const IPV4 = `(${OCTET}[.]){3}${OCTET}`

const source = withRules(
  z.string().min(1).max(43).describe('One range of addresses, such as 192.0.2.0/24.'),
  matches(
    // eslint-disable-next-line no-restricted-syntax -- no unlimited repetition; of 43 characters
    new RegExp(`^(${IPV4}\\/(3[0-2]|[12]?[0-9])|(${IPV6})\\/(12[0-8]|1[01][0-9]|[1-9]?[0-9]))$`),
    'sources must be ranges of IP addresses with a length, such as 192.0.2.0/24 or 192.0.2.7/32',
  ),
)

const inbound = group(
  'Calls that the telephone system makes to bots of this namespace. They are admitted by source address, over the transport of the trunk: ' +
    'TLS to port 5061 of the edges, TCP and UDP to port 5080. Absent: it may not call bots.',
  { sources: setOf('The permitted source addresses.', source, { min: 1, max: 50 }) },
)

export const srtpSchema = choice(
  'Encryption of the voice. Required: no call without SRTP. Preferred: plain RTP if the trunk does not support SRTP. Disabled: plain RTP.',
  ['Required', 'Preferred', 'Disabled'],
)

const digits = (description: string, pattern: RegExp, message: string) =>
  withRules(z.string().max(4).describe(description), matches(pattern, message))

const numbers = group('How numbers are written to the trunk. Extensions and short numbers are sent as they are.', {
  international: choice('Plus: +33612345678. DoubleZero: 0033612345678. Digits: 33612345678.', [
    'Plus',
    'DoubleZero',
    'Digits',
  ]).default('Plus'),
  national: group('The country whose numbers are written in national format, such as 0612345678. Absent: none.', {
    countryCode: digits(
      'Country code without the plus, such as 33.',
      /^[1-9][0-9]{0,2}$/,
      'countryCode must be a country code without the plus, such as 33',
    ),
    prefix: digits(
      'Digits before a national number, in place of the country code. May be empty.',
      /^[0-9]{0,3}$/,
      'prefix must have at most three digits, such as 0',
    ).default('0'),
  }).optional(),
}).prefault({})

const trunkShape = group('One SIP connection to the telephone system.', {
  name: partName('Name of the trunk.'),
  role: choice(
    'Primary: used while it answers. Backup: used when no primary answers; the first in the list first.',
    ROLES,
  ),
  address: group('The address of the trunk.', {
    host: host(
      'Host name or IP address of the trunk. A name is resolved for each connection.',
      'host must be a host name or an IP address without port or scheme, such as sip.example.org: the port has a field of its own',
    ),
    port: integer('Port of the trunk. Default: 5061 with TLS, 5060 without.', 1, 65535).optional(),
  }),
  transport: choice(
    'TLS, or TCP or UDP for systems that do not support TLS. With TCP and UDP the network can read who calls whom.',
    ['TLS', 'TCP', 'UDP'],
  ).default('TLS'),
  tls: tlsSchema.optional(),
  digest: digestSchema.optional(),
  srtp: srtpSchema.default('Required'),
  numbers,
  capacity: group('Limits of the trunk. Calls above them go to the next trunk.', {
    maxCalls: integer('Maximum number of concurrent calls.', 1, 100000).default(100),
    callsPerSecond: integer('Maximum number of new calls per second.', 1, 10000).default(20),
  }).prefault({}),
  inbound: inbound.optional(),
})

type Trunk = z.output<typeof trunkShape>

const trunk = withRules(
  trunkShape,
  when<Trunk>(
    'tls',
    "self.transport == 'TLS' || !has(self.tls)",
    'tls has a meaning only with transport TLS: remove it, or set transport to TLS',
    (self) => self.transport === 'TLS' || self.tls === undefined,
  ),
  when<Trunk>(
    'srtp',
    "self.srtp != 'Required' || self.transport == 'TLS'",
    'srtp Required needs transport TLS, since the keys travel in the signalling: set transport to TLS, or srtp to Preferred',
    (self) => self.srtp !== 'Required' || self.transport === 'TLS',
  ),
)

const probe = group('How the edges probe each trunk: by SIP OPTIONS.', {
  intervalSeconds: integer('Interval between probes, in seconds.', 1, 300).default(1),
  timeoutMilliseconds: integer('Timeout of a probe, in milliseconds.', 100, 10000).default(1000),
  downAfter: integer('Number of consecutive failed probes after which the trunk is down.', 1, 20).default(2),
  upAfter: integer('Number of consecutive answered probes after which the trunk is up again.', 1, 20).default(2),
}).prefault({})

const failback = group('When calls return to a primary that answers again.', {
  mode: choice(
    'Automatic: after holdSeconds. Manual: when a person sets the annotation callbots.dev/failback to the name of the trunk.',
    ['Automatic', 'Manual'],
  ).default('Automatic'),
  holdSeconds: integer(
    'How long the primary must have answered before calls return to it, in seconds. At 0 they return immediately.',
    0,
    86400,
  ).default(60),
}).prefault({})

const never = [404, 486, 603]
const failover = group('When the next trunk is tried for a call. It is always tried when a trunk can not be reached.', {
  onStatusCodes: withRules(
    setOf(
      'SIP responses after which the next trunk is tried, unless the call has rung. Default: 408, 480 and 500 to 504.',
      integer('One SIP status code.', 400, 699),
      { max: 50 },
    ),
    {
      cel: '!self.exists(c, c in [404, 486, 603])',
      message:
        'onStatusCodes must not have 404, 486 or 603: they speak for the person called, whom the next trunk would ring again',
      holds: (codes) => !codes.some((code) => never.includes(code)),
    },
  ).default(FAILOVER_CODES),
  perTryMilliseconds: integer(
    'How long to wait for any response of a trunk before the next one is tried, in milliseconds. Four times as long for the last one.',
    100,
    10000,
  ).default(700),
  failback,
}).prefault({})

/** Words between a bot pod, the edge and the trunk: no collected value may pass for one. */
const RESERVED_HEADER = '^X-Callbot-(Media|Drill|Test)$'

const handOver = group('How collected values are sent to the person who answers the call.', {
  field: fieldName('Name of the collected value.'),
  header: withRules(
    z.string().min(1).max(64).describe('The SIP header for the value, such as X-Callbot-Reason.'),
    {
      cel: "self.matches(r'^X-[A-Za-z0-9-]+$')",
      message: 'header must begin with X- and have letters, digits and "-" only, such as X-Callbot-Reason',
      holds: (header) => /^X-[A-Za-z0-9-]+$/.test(header),
    },
    {
      cel: `!self.matches(r'(?i)${RESERVED_HEADER}')`,
      message:
        'header must not be X-Callbot-Media, X-Callbot-Drill or X-Callbot-Test, which edges write: choose another',
      // eslint-disable-next-line no-restricted-syntax -- no repetition; of 64 characters
      holds: (header) => !new RegExp(RESERVED_HEADER, 'i').test(header),
    },
  ),
})

const testCall = group('The test calls of drills: they must not ring a person.', {
  to: withRules(dialable("The number that the test calls dial: a test number of the client's telephone system."), {
    cel: `!(self in [${EMERGENCY_NUMBERS.map((number) => `'${number}'`).join(', ')}])`,
    message: 'to must not be an emergency number: use a test number of the telephone system',
    holds: (number) => !EMERGENCY_NUMBERS.includes(number),
  }),
  from: e164(
    'The caller number of the test calls. Absent: the first number of the bot that places the call.',
  ).optional(),
  expect: choice(
    'What must answer. Echo: the tones that the test call sends come back. Tone: any steady tone. Answer: the call is answered.',
    ['Echo', 'Tone', 'Answer'],
  ).default('Echo'),
  maxSeconds: integer('Longest duration of a test call, in seconds.', 5, 60).default(10),
})

export const sipSchema = group("The client's telephone system, to which callers are transferred.", {
  trunks: withRules(
    listBy('name', 'The trunks: one primary, and backups in the order in which they are tried.', trunk, {
      min: 1,
      max: 10,
    }),
    {
      cel: "self.exists_one(t, t.role == 'Primary')",
      message: 'trunks must have exactly one with role Primary: give the others role Backup',
      holds: (trunks) => trunks.filter(({ role }) => role === 'Primary').length === 1,
    } satisfies Rule<Trunk[]>,
  ),
  probe,
  failover,
  handOver: listBy('field', 'Values that are sent with a transfer, as headers. Others are not sent.', handOver, {
    max: 20,
  }).default([]),
  transferMethods: setOf(
    'The transfer methods that the trunks support. A conversation flow may use Refer only if it is listed.',
    z.enum(['Bridge', 'Refer']).describe('One method of transfer.'),
    { min: 1, max: 2 },
  ).default(['Bridge']),
  callerNumber: choice(
    "The number that the called person sees. Caller: the caller's number. Bot: the number of the bot. Withheld: none.",
    ['Caller', 'Bot', 'Withheld'],
  ).default('Caller'),
  testCall: testCall.optional(),
  userAgent: quotable('The User-Agent header towards the trunks. Absent: callbot.', 64).optional(),
})
