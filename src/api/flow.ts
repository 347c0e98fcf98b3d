/** The flow of a conversation, and conversations that test it. */
import { z } from 'zod'
import { choice, fieldName, group, list, listBy, objectName, partName, text } from './fields.ts'
import { exactlyOne, when, withRules } from './rule.ts'
import { stepSchema } from './steps.ts'

const flowShape = group('The conversation flow.', {
  start: partName('Name of the first step of a call. Absent: the first in the list.').optional(),
  steps: listBy(
    'name',
    'The steps. Each must be reachable from the first, and an end must be reachable from each.',
    stepSchema,
    {
      min: 1,
      max: 100,
    },
  ),
})

type Flow = z.output<typeof flowShape>
const names = ({ steps }: Flow) => new Set(steps.map(({ name }) => name))

/** A conversation flow, inside a Callbot or as YAML in a ConfigMap. */
export const flowSchema = withRules(
  flowShape,
  when<Flow>(
    'start',
    '!has(self.start) || self.steps.exists(s, s.name == self.start)',
    'start must be the name of a step: correct it, or remove it to begin with the first step',
    (flow) => flow.start === undefined || names(flow).has(flow.start),
  ),
)

const dialogShape = group('The conversation flow: what the bot says and does, as steps. Set inline or configMapRef.', {
  inline: flowSchema.optional(),
  configMapRef: group(
    'A ConfigMap with the conversation flow as YAML, for flows that are edited or generated elsewhere.',
    {
      name: objectName('Name of the ConfigMap, in the same namespace.'),
      key: text('Key inside the ConfigMap. Default: dialog.yaml.', 253).default('dialog.yaml'),
    },
  ).optional(),
})

export const dialogSchema = withRules(
  dialogShape,
  exactlyOne<z.output<typeof dialogShape>>(
    ['inline', 'configMapRef'],
    'dialog must have inline or configMapRef, and not both: keep the one that holds your steps',
  ),
)

const turnShape = group('One turn of the conversation: what the caller does, and what the bot must answer.', {
  says: text(
    'What the caller says. Tests are played by text, without sound: this is the text of a perfect recogniser.',
    500,
  ).optional(),
  keys: withRules(z.string().min(1).max(32).describe('The keys that the caller presses, such as 4711#.'), {
    cel: "self.matches(r'^[0-9*#]+$')",
    message: 'keys must be keys of a telephone: 0 to 9, * and #',
    holds: (keys) => /^[0-9*#]+$/.test(keys),
  }).optional(),
  expect: list('Texts that must all occur in what the bot then says. Case is ignored.', text('One text.', 200), {
    max: 10,
  }).default([]),
  expectStep: partName('The step at which the bot must then be.').optional(),
})

const turnSchema = withRules(turnShape, {
  cel: '!(has(self.says) && has(self.keys))',
  message: 'a turn must not have both says and keys: make two turns of it',
  path: ['keys'],
  holds: ({ says, keys }) => says === undefined || keys === undefined,
})

const modelAnswer = group(
  'One answer of the language model: what it says, what it collects, and whether the step ends.',
  {
    say: text('What the model says. Absent: nothing, for example when it only ends the step.', 500).optional(),
    collected: listBy(
      'field',
      'The values that the model collects.',
      group('One value.', { field: text('Name of the value.', 40), value: text('The value.', 200) }),
      { max: 10 },
    ).default([]),
    exit: text('The exit that the model chooses. Absent: the step continues.', 63).optional(),
  },
)

/** A conversation that a new version must pass before it takes a call. */
export const conversationSchema = group(
  'A conversation that a new version of the bot must pass before it takes a call.',
  {
    name: partName('Name of the conversation.'),
    given: listBy(
      'operation',
      "The answers of the client's system in this conversation. A test never sends a request to it.",
      group('The answer of one operation.', {
        operation: text('Integration and operation, such as clinic/find-slot.', 127),
        outcome: text('The simulated outcome, as the operation declares it, or Failed.', 40),
        output: listBy(
          'name',
          'The values that are returned.',
          group('One value.', { name: fieldName('Name of the value.'), value: text('The value.', 500) }),
          { max: 10 },
        ).default([]),
      }),
      { max: 10 },
    ).default([]),
    models: listBy(
      'step',
      'The answers of the language model in this conversation, by step. A test never sends a request to it.',
      group('The answers in one step.', {
        step: text('Name of the llm step.', 63),
        answers: list('The answers, in order. After the last one the model fails.', modelAnswer, {
          min: 1,
          max: 20,
        }),
      }),
      { max: 5 },
    ).default([]),
    transfers: choice('Answered: a person answers the transferred call. Unanswered: nobody does.', [
      'Answered',
      'Unanswered',
    ]).default('Answered'),
    turns: list('The turns, in order. In a turn without says and keys the caller is silent.', turnSchema, {
      min: 1,
      max: 50,
    }),
    ends: choice(
      'How the call must end. HungUp: the bot hung up. Transferred: the caller was transferred by a step. Fallback: the caller was transferred to the emergency number.',
      ['HungUp', 'Transferred', 'Fallback'],
    ).default('HungUp'),
    collected: listBy(
      'field',
      'The values that must have been collected.',
      group('One value.', {
        field: fieldName('Name of the value.'),
        value: text('The value, in its written form.', 200),
      }),
      { max: 40 },
    ).default([]),
  },
)
