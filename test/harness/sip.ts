import fc from 'fast-check'
import type { Address } from '../../src/wire/sip/address.ts'
import type { SipMessage } from '../../src/wire/sip/message.ts'
import type { Param } from '../../src/wire/sip/params.ts'
import { field } from '../../src/wire/sip/serialise.ts'
import { writeUri, type SipUri } from '../../src/wire/sip/uri.ts'
import type { Via } from '../../src/wire/sip/via.ts'

// Arbitrary values of SIP, each by its rule in RFC 3261 25.1, and how they are written.

const letters = (set: string, o: { minLength?: number; maxLength?: number } = {}) =>
  fc.string({ unit: fc.constantFrom(...set), minLength: 1, maxLength: 12, ...o })

const ALPHANUM = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'
const escaped = fc.integer({ min: 0, max: 255 }).map((octet) => `%${octet.toString(16).toUpperCase().padStart(2, '0')}`)
const escapable = (set: string) =>
  fc
    .array(fc.oneof({ weight: 5, arbitrary: letters(set) }, escaped), { minLength: 1, maxLength: 4 })
    .map((x) => x.join(''))

const token = letters(`${ALPHANUM}-.!%*_+\`'~`)

const ipv4 = fc.tuple(...Array.from({ length: 4 }, () => fc.nat(255))).map((octets) => octets.join('.'))
const host = fc.oneof(
  fc.array(letters(ALPHANUM), { minLength: 1, maxLength: 3 }).map((labels) => labels.join('.')),
  ipv4,
  fc.ipV6().map((address) => `[${address}]`),
)
const port = fc.option(fc.integer({ min: 0, max: 65_535 }), { nil: undefined })

const quoted = fc
  .string({ unit: 'grapheme', maxLength: 12 })
  .map((text) => `"${text.replace(/["\\]/g, '\\$&').replace(/[\r\n]/g, '')}"`)

const params: fc.Arbitrary<Param[]> = fc.array(
  fc.oneof(
    fc.tuple(token.map((name) => name.toLowerCase())),
    fc.tuple(
      token.map((name) => name.toLowerCase()),
      fc.oneof(token, host, quoted),
    ),
  ),
  { maxLength: 4 },
)

export const sipUri: fc.Arbitrary<SipUri> = fc
  .record({
    scheme: fc.constantFrom('sip' as const, 'sips' as const),
    user: fc.option(escapable(`${ALPHANUM}-_.!~*'()&=+$,;?/`), { nil: undefined }),
    password: fc.option(escapable(`${ALPHANUM}-_.!~*'()&=+$,`), { nil: undefined }),
    host,
    port,
    params: fc.array(uriParam(), { maxLength: 3 }),
    headers: fc.array(fc.tuple(escapable(`${ALPHANUM}[]/?:+$-_.!~*'()`), escapable(`${ALPHANUM}[]/?:+$-_.!~*'()`)), {
      maxLength: 2,
    }),
  })
  .map((uri) => ({ ...uri, password: uri.user === undefined ? undefined : uri.password }))

function uriParam() {
  const part = escapable(`${ALPHANUM}[]/:&+$-_.!~*'()`)
  const name = part.map((text) => text.toLowerCase())
  return fc.oneof(fc.tuple(name), fc.tuple(name, part)) as fc.Arbitrary<[string, string?]>
}

export const via: fc.Arbitrary<Via> = fc.record({
  transport: fc.constantFrom('UDP', 'TCP', 'TLS', 'WSS', 'SCTP'),
  host,
  port,
  params,
})

export const address: fc.Arbitrary<Address> = fc
  .record({
    display: fc.option(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }), { nil: undefined }),
    uri: sipUri,
    params,
  })
  .map(({ display, ...rest }) => {
    const clean = display?.replace(/[\r\n]/g, '')
    return clean === undefined || clean === '' ? rest : { display: clean, ...rest }
  })

/** Text that may stand as the value of a header field. */
const value = fc
  .string({ unit: 'grapheme', maxLength: 40 })
  .map((text) => text.replace(/[\r\n]/g, '').replace(/^[ \t]+|[ \t]+$/g, ''))

const fields = fc.array(
  fc
    .tuple(
      token.filter((name) => !['l', 'content-length'].includes(name.toLowerCase())),
      value,
    )
    .map(([name, text]) => field(name, text)),
  { maxLength: 12 },
)

const rest = { headers: fields, body: fc.uint8Array({ maxLength: 300 }), charset: fc.constant('utf8' as const) }

export const message: fc.Arbitrary<SipMessage> = fc.oneof(
  fc.record({ kind: fc.constant('request' as const), method: token, uri: sipUri.map(writeUri), ...rest }),
  fc.record({
    kind: fc.constant('response' as const),
    status: fc.integer({ min: 100, max: 699 }),
    reason: value,
    ...rest,
  }),
)
