/** The shapes that several kinds share. Each takes its description first: no field goes without one. */
import { z } from 'zod'
import { CONTROL_PLANE_PORTS } from '../lib/ip-address.ts'
import { matches, withRules } from './rule.ts'

/** A group of named fields. An unknown name is refused, as the API server does with `kubectl apply`. */
export const group = <S extends z.core.$ZodShape>(description: string, shape: S) =>
  z.strictObject(shape).describe(description)

/** A text of 1 to `max` characters. */
export const text = (description: string, max: number) => z.string().min(1).max(max).describe(description)

/** A whole number from `min` to `max`. */
export const integer = (description: string, min: number, max: number) =>
  z
    .int()
    .min(min)
    .max(max)
    .describe(description)
    .meta({ format: max > 2147483647 ? 'int64' : 'int32' })

/** One word of a list. Enums rather than booleans: a third case comes without breaking anyone. */
export const choice = <const V extends readonly [string, ...string[]]>(description: string, values: V) =>
  z.enum(values).describe(description)

const INSTANT = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/

/** An instant in RFC 3339. */
export const instant = (description: string) =>
  z
    .string()
    .refine(
      (value) => INSTANT.test(value) && !Number.isNaN(Date.parse(value)),
      'must be of type date-time: write it as in RFC 3339, such as 2026-11-24T15:00:00Z',
    )
    .describe(description)
    .meta({ format: 'date-time' })

interface Size {
  min?: number
  max: number
}

/** Points at the second of two alike, as the API server does. */
const distinctBy =
  <T>(keyOf: (item: T) => unknown) =>
  ({ value, issues }: z.core.ParsePayload<T[]>) => {
    const keys = value.map(keyOf)
    const again = keys.findIndex((key, index) => keys.indexOf(key) < index)
    if (again === -1) return
    const message = `Duplicate value: ${JSON.stringify(keys[again])}: remove it or change it`
    issues.push({ code: 'custom', input: value[again], path: [again], message })
  }

/** A list whose order means something and that is replaced as a whole. */
export const list = <I extends z.ZodType>(description: string, item: I, { min = 0, max }: Size) =>
  z.array(item).min(min).max(max).describe(description).meta({ 'x-kubernetes-list-type': 'atomic' })

/** A list of distinct plain values. */
export const setOf = <I extends z.ZodType<string | number>>(description: string, item: I, { min = 0, max }: Size) =>
  z
    .array(item)
    .min(min)
    .max(max)
    .check(distinctBy((item) => item))
    .describe(description)
    .meta({ 'x-kubernetes-list-type': 'set' })

/** A list of objects that are distinguished by one field, so that several people can each apply their own items. */
export const listBy = <I extends z.ZodObject>(key: string, description: string, item: I, { min = 0, max }: Size) =>
  z
    .array(item)
    .min(min)
    .max(max)
    .check(distinctBy((item) => (item as Record<string, unknown>)[key]))
    .describe(description)
    .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': [key] })

/** The name of an object in the same namespace (RFC 1123 subdomain). */
export const objectName = (description: string) =>
  withRules(
    z.string().min(1).max(253).describe(description),
    matches(
      /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/,
      'a reference must be the name of a Kubernetes object: lower-case letters, digits, "-" and ".", such as my-object',
    ),
  )

/** A name that people give to a part of an object: trunk, step, endpoint... */
export const partName = (description: string) =>
  withRules(
    z.string().min(1).max(63).describe(description),
    matches(
      /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/,
      'a name must be lower-case letters, digits and "-", and start and end with a letter or digit, such as backup-1',
    ),
  )

/** The name of a value that a conversation flow collects. */
export const fieldName = (description: string) =>
  withRules(
    z.string().min(1).max(40).describe(description),
    matches(/^[a-z][a-zA-Z0-9]*$/, 'a field must be one word in camelCase: letters and digits, such as birthDate'),
  )

export const localRef = (description: string, what: string) =>
  group(description, { name: objectName(`Name of the ${what}, in the same namespace.`) })

/** One key of a Secret in the same namespace. Only the pods that need it read it, never the operator. */
export const secretKeyRef = (description: string, key: string) =>
  group(description, {
    name: objectName('Name of the Secret, in the same namespace.'),
    key: withRules(
      text(`Key inside the Secret. Default: ${key}.`, 253),
      matches(/^[-._a-zA-Z0-9]+$/, 'a key of a Secret must be letters, digits, "-", "_" and ".", such as ca.crt'),
    ).default(key),
  })

const IPV6_GROUP = '[0-9A-Fa-f]{1,4}'
/** An IPv6 address in hexadecimal alone (RFC 4291 2.2, forms 1 and 2), as part of an expression: all that edges can read. */
export const IPV6 = [
  `(${IPV6_GROUP}:){7}${IPV6_GROUP}`,
  `(${IPV6_GROUP}:){1,7}:`,
  ...[1, 2, 3, 4, 5, 6].map((after) => `(${IPV6_GROUP}:){1,${7 - after}}(:${IPV6_GROUP}){1,${after}}`),
  `:((:${IPV6_GROUP}){1,7}|:)`,
].join('|')

// eslint-disable-next-line no-restricted-syntax -- anchored, with two repetitions at most; of 253 characters
const HOST = new RegExp(`^([A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|${IPV6})$`)

/** A host name or an IP address without brackets. */
export const host = (description: string, message: string) => withRules(text(description, 253), matches(HOST, message))

/** A text that stands between quotes in the configuration of an edge. */
export const quotable = (description: string, max: number) =>
  withRules(
    text(description, max),
    matches(
      /^[ !#-[\]-~]+$/,
      'what goes into a SIP message must be plain ASCII without quotes and backslashes: leave those out',
    ),
  )

/** A number in E.164. */
export const e164 = (description: string) =>
  withRules(
    z.string().min(1).max(16).describe(description),
    matches(
      /^\+[1-9][0-9]{6,14}$/,
      'a number must be in E.164: "+", country code and number, digits only and without the leading 0, such as +33123456789',
    ),
  )

/** What an integration can dial: E.164, or an extension of the client's telephone system. */
export const dialable = (description: string) =>
  withRules(
    z.string().min(1).max(16).describe(description),
    matches(
      /^(\+[1-9][0-9]{6,14}|[0-9]{2,8})$/,
      'a number to call must be E.164, such as +33123456789, or an extension of 2 to 8 digits, such as 4001',
    ),
  )

/** A zone or a region: the value of a label of nodes. */
export const labelValue = (description: string) =>
  withRules(
    z.string().min(1).max(63).describe(description),
    matches(
      /^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/,
      'a zone or region must be written as the label of the nodes has it: letters, digits, "-", "_" and ".", such as eu-west-3',
    ),
  )

/** Its last label is a number, so it is an IPv4 address to those who connect (WHATWG URL, "ends in a number"). */
const FIGURES = /^https?:\/\/([^:/]*[.])?(0[xX][0-9a-fA-F]*|[0-9]+)[.]?(:[0-9]*)?(\/|$)/
const DOTTED =
  /^https?:\/\/((25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])[.]){3}(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])(:[0-9]+)?(\/|$)/
/** Loopback is not in it: a pod that has an address of its own refuses that, and tests run on it. */
const UNREACHABLE =
  /^https?:\/\/(0[.]|169[.]254[.]|100[.]100[.]100[.]200|168[.]63[.]129[.]16|192[.]0[.]0[.]192|22[4-9][.]|23[0-9][.]|2[45][0-9][.]|[[](::|[fF][dD]00:[eE][cC]2::254[\]]|[fF][dD]20:[cC][eE]::254[\]]|[fF][eE][89abAB][0-9a-fA-F]:|[fF][fF][0-9a-fA-F][0-9a-fA-F]:))/

// eslint-disable-next-line no-restricted-syntax -- no repetition; of 512 characters
const CONTROL_PLANE = new RegExp(`:(${CONTROL_PLANE_PORTS.join('|')})(/|$)`)
const ABSOLUTE = /^https?:\/\/[A-Za-z0-9._:[\]-]+(\/[A-Za-z0-9._~%/-]*)?$/
const raw = ({ source }: RegExp) => `r'${source.replaceAll('\\/', '/')}'`

/** An http or https address without user, password, query or fragment, which leads to a server of somebody. */
export const webAddress = (description: string) =>
  withRules(z.string().min(1).max(512).describe(description), {
    cel:
      `self.matches(${raw(ABSOLUTE)}) && (!self.matches(${raw(FIGURES)}) || self.matches(${raw(DOTTED)}))` +
      ` && !self.matches(${raw(UNREACHABLE)}) && !self.matches(${raw(CONTROL_PLANE)})`,
    message:
      'an address must be absolute and begin with http:// or https://, such as https://api.example.org/v1; keys and passwords belong in a Secret. ' +
      'It must lead to a server: no link-local address or metadata service, figures in dotted decimal only, and no port of Kubernetes itself ' +
      `(${CONTROL_PLANE_PORTS.join(', ')})`,
    holds: (url) =>
      ABSOLUTE.test(url) &&
      (!FIGURES.test(url) || DOTTED.test(url)) &&
      !UNREACHABLE.test(url) &&
      !CONTROL_PLANE.test(url),
  })
