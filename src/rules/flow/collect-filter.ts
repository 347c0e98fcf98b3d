/**
 * The one filter through which values of a caller leave a bot: to a person who takes the call over, to the emergency number, and to a web
 * service of the client. Pure.
 */
import { fillFields } from './flow.ts'

type Values = Readonly<Record<string, string>>

/** What a call knows, and the names of what may leave the bot: none of what is not there. */
interface Leaving {
  readonly collected: Values
  /** Answers with sensitivity Secret: for the inputs of operations alone. */
  readonly secrets: Values
  readonly collect: readonly string[]
}

/** Of the collected values those that may be handed over, whatever way they take. A secret never is. */
export function mayLeave({ collected, secrets, collect }: Leaving): Values {
  return Object.fromEntries(
    Object.entries(collected).filter(([name]) => collect.includes(name) && !Object.hasOwn(secrets, name)),
  )
}

/** The values of `fields` that are handed over with a transfer. */
export function handedOver(fields: readonly string[], leaving: Leaving): Values {
  const values = mayLeave(leaving)
  return Object.fromEntries(fields.flatMap((name) => (Object.hasOwn(values, name) ? [[name, values[name]!]] : [])))
}

/** What an operation is sent: each `{field}` replaced, secrets too. An input that becomes empty is left out. */
export function inputsOf(
  inputs: readonly { readonly name: string; readonly value: string }[],
  leaving: Leaving,
): Values {
  const { secrets, collect } = leaving
  const values = mayLeave(leaving)
  const valueOf = (field: string) => {
    if (!collect.includes(field)) return ''
    if (Object.hasOwn(secrets, field)) return secrets[field]!
    return Object.hasOwn(values, field) ? values[field]! : ''
  }
  const filled = inputs.map(({ name, value }) => [name, fillFields(value, valueOf)] as const)
  return Object.fromEntries(filled.filter(([, value]) => value !== ''))
}

/**
 * What may leave a call that is going on, once the policy is another: a tighter one acts at once; a wider one is for calls to come.
 */
export const narrowed = (before: readonly string[], policy: readonly string[]): readonly string[] =>
  before.every((name) => policy.includes(name)) ? before : before.filter((name) => policy.includes(name))
