/** The parts of a dialog, by the names that the rules and the engine use. */
import type { CallbotSpec } from '../../api/callbot.ts'

export type Flow = NonNullable<CallbotSpec['dialog']['inline']>
export type FlowStep = Flow['steps'][number]
export type Ask = NonNullable<FlowStep['ask']>
export type Slot = Ask['slot']
export type SlotType = Slot['type']
export type Model = NonNullable<FlowStep['llm']>
export type Branch = NonNullable<FlowStep['choose']>['branches'][number]
export type Conversation = CallbotSpec['tests'][number]
export type Cause = CallbotSpec['fallback']['causes'][number]

const HOLE = /\{([a-z][a-zA-Z0-9]*)\}/g

/** Names of the fields that a text speaks, as {field}. */
export const fieldsIn = (text: string): string[] => [...text.matchAll(HOLE)].map(([, field]) => field!)

/** The text with each {field} replaced. */
export const fillFields = (text: string, valueOf: (field: string) => string): string =>
  text.replaceAll(HOLE, (_, field: string) => valueOf(field))

/** The name of the step that a call begins with. */
export const startOf = ({ start, steps }: Flow): string => start ?? steps[0]!.name

/** The fields that are asked for with sensitivity Secret. */
export const secretFieldsOf = ({ steps }: Flow): ReadonlySet<string> =>
  new Set(steps.flatMap(({ ask }) => (ask?.sensitivity === 'Secret' ? [ask.field] : [])))
