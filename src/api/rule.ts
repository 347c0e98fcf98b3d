/**
 * One source for the rules that a type can't say.
 *
 * A rule is written once and lives twice: as CEL in the CRD (so the API server refuses at `kubectl apply`) and as a
 * refinement in zod (so the tools refuse without a cluster). Tests hold the two together, case by case.
 */
import { z } from 'zod'

/** `path` is where the fault shows, relative to the schema that carries the rule; it must be a chain of properties. */
interface Wording {
  /** CEL over `self` (and `oldSelf` in a transition), the API server's half of the rule. */
  cel: string
  /** Names the field and the cure, since this is all that the user sees. */
  message: string
  path?: string[]
}

export interface Rule<T> extends Wording {
  holds: (value: T) => boolean
}

/** A rule between the stored object and the new one. It can't be a refinement: see `checkUpdate` in parse.ts. */
export interface Transition<T> extends Wording {
  holdsBetween: (old: T, now: T) => boolean
}

export interface RuleBook {
  rules: Wording[]
  transitions: Transition<unknown>[]
}

const book = z.registry<RuleBook>()
const EMPTY: RuleBook = { rules: [], transitions: [] }

/** The rules that a schema carries itself, without those of its properties. */
export const rulesOf = (schema: z.core.$ZodType): RuleBook => book.get(schema as z.ZodType) ?? EMPTY

/** The schema with rules added: refinements for zod, CEL for the CRD. */
export function withRules<S extends z.ZodType>(schema: S, ...rules: Rule<z.output<S>>[]): S {
  const before = rulesOf(schema)
  let ruled: S = schema
  for (const { holds, message, path } of rules) {
    ruled = ruled.refine((value) => holds(value as z.output<S>), { message, path }) as S
  }
  book.add(ruled, { ...before, rules: [...before.rules, ...rules] })
  return ruled
}

/** The schema with transition rules added. They see both versions, so only an update can break them. */
export function withTransitions<S extends z.ZodType>(schema: S, ...transitions: Transition<z.output<S>>[]): S {
  const before = rulesOf(schema)
  const ruled = schema.clone(schema.def, { parent: true }) as S
  book.add(ruled, { ...before, transitions: [...before.transitions, ...(transitions as Transition<unknown>[])] })
  return ruled
}

/**
 * The text matches the expression. Never a bare JSON-schema `pattern`: its message shows the expression and no cure.
 * Keep to what RE2 and JavaScript read alike, and anchor both ends: CEL's `matches` looks anywhere in the text.
 */
export function matches(expression: RegExp, message: string): Rule<string> {
  return {
    cel: `self.matches(r'${expression.source.replaceAll('\\/', '/')}')`,
    message,
    holds: (value) => expression.test(value),
  }
}

/** The property `name` needs what `because` says; for objects in which one field decides about another. */
export function when<T extends object>(
  name: keyof T & string,
  cel: string,
  message: string,
  holds: (value: T) => boolean,
) {
  return { cel, message, path: [name], holds } satisfies Rule<T>
}

/**
 * A field that is part of the contract, and that nothing acts on in this version: refused wherever it is given, so that nobody
 * relies on it. Whatever acts on it from then on takes this away.
 */
export function notServed<S extends z.ZodType>(name: string, schema: S) {
  const described = schema.describe(
    `Not served by this version, and therefore rejected. ${schema.description ?? ''}`.trim(),
  )
  return withRules(described, { cel: 'false', message: notServedMessage(name), holds: () => false }).optional()
}

export const notServedMessage = (name: string) => `${name} is not served by this version: remove it`

/**
 * A field that has another name now: refused wherever it is given, with the new name. It stays in the schema for this, since the API
 * server drops a field that it doesn't know before any rule is asked.
 */
export function renamed(name: string, now: string): z.ZodOptional<z.ZodType<undefined>> {
  const schema = z
    .looseObject({})
    .describe(`Renamed to ${now}, and therefore rejected.`)
    .meta({ 'x-kubernetes-preserve-unknown-fields': true })
  const refused = withRules(schema, { cel: 'false', message: renamedMessage(name, now), holds: () => false })
  return refused.optional() as unknown as z.ZodOptional<z.ZodType<undefined>>
}

export const renamedMessage = (name: string, now: string) => `${name} is not served by this version: use ${now}`

/** Exactly one of the properties is given. */
export function exactlyOne<T extends object>(names: readonly (keyof T & string)[], message: string): Rule<T> {
  const given = names.map((name) => `has(self.${name})`)
  return {
    cel: `[${given.join(', ')}].filter(given, given).size() == 1`,
    message,
    holds: (value) => names.filter((name) => value[name] !== undefined).length === 1,
  }
}

/** Every property of the shape but some keeps its value for good. New properties are covered by themselves. */
export function immutableBut<S extends z.ZodObject>(shape: S, free: string[], cure: string): Transition<z.output<S>>[] {
  const names = Object.keys(shape.shape).filter((name) => !free.includes(name) && !isRefused(shape.shape[name]!))
  return names.map((name) => ({
    cel: `has(self.${name}) == has(oldSelf.${name}) && (!has(self.${name}) || self.${name} == oldSelf.${name})`,
    message: `${name} can not be changed, for ${cure}`,
    path: [name],
    holdsBetween: (old, now) => same((old as Record<string, unknown>)[name], (now as Record<string, unknown>)[name]),
  }))
}

/** Whether it is a field that `notServed` made. */
const isRefused = (field: z.core.$ZodType) =>
  field instanceof z.ZodOptional && rulesOf(field.unwrap()).rules.some(({ cel }) => cel === 'false')

/** Equality as CEL has it: without regard to the order of properties, nor of the items of a set or a map list. */
const same = (one: unknown, other: unknown) => canonical(one) === canonical(other)

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).sort().join()}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'absent'
  const entries = Object.entries(value).filter(([, each]) => each !== undefined)
  return `{${entries
    .map(([key, each]) => `${key}:${canonical(each)}`)
    .sort()
    .join()}}`
}
