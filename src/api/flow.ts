/** The flow of a conversation, and conversations that test it. */
import { z } from 'zod'
import { choice, fieldName, group, list, listBy, objectName, partName, text } from './fields.ts'
import { exactlyOne, when, withRules } from './rule.ts'
import { stepSchema } from './steps.ts'

const flowShape = group('The dialog itself.', {
  start: partName('Name of the step that begins a call. Absent: the first in the list.').optional(),
  steps: listBy(
    'name',
    'The steps. Each must be reachable from the first, and each way must come to an end.',
    stepSchema,
    {
      min: 1,
      max: 100,
    },
  ),
})

type Flow = z.output<typeof flowShape>
const names = ({ steps }: Flow) => new Set(steps.map(({ name }) => name))

/** A dialog, as it stands inside a Callbot or as YAML in a ConfigMap. */
export const flowSchema = withRules(
  flowShape,
  when<Flow>(
    'start',
    '!has(self.start) || self.steps.exists(s, s.name == self.start)',
    'start must be the name of a step: correct it, or remove it to begin with the first step',
    (flow) => flow.start === undefined || names(flow).has(flow.start),
  ),
  when<Flow>(
    'steps',
    'sets.contains(self.steps.map(s, s.name), self.steps.filter(s, has(s.next)).map(s, s.next))',
    'next of every step must be the name of a step: correct the name or add the missing step',
    (flow) => flow.steps.every(({ next }) => next === undefined || names(flow).has(next)),
  ),
)

const dialogShape = group('What the bot says and does, as steps. Give inline or configMapRef.', {
  inline: flowSchema.optional(),
  configMapRef: group('A ConfigMap that holds the dialog as YAML, for flows that are edited or generated elsewhere.', {
    name: objectName('Name of the ConfigMap, in the same namespace.'),
    key: text('Key inside the ConfigMap. Default: dialog.yaml.', 253).default('dialog.yaml'),
  }).optional(),
})

export const dialogSchema = withRules(
  dialogShape,
  exactlyOne<z.output<typeof dialogShape>>(
    ['inline', 'configMapRef'],
    'dialog must have inline or configMapRef, and not both: keep the one that holds your steps',
  ),
)

const turnShape = group('One turn of the conversation: what the caller does, then what the bot must answer.', {
  says: text(
    'What the caller says. Tests are played by text, without sound: this is what a perfect recogniser would write.',
    500,
  ).optional(),
  keys: withRules(z.string().min(1).max(32).describe('The keys that the caller presses, such as 4711#.'), {
    cel: "self.matches(r'^[0-9*#]+$')",
    message: 'keys must be keys of a telephone: 0 to 9, * and #',
    holds: (keys) => /^[0-9*#]+$/.test(keys),
  }).optional(),
  expect: list(
    'Texts that must all occur in what the bot then says; upper and lower case are alike.',
    text('One text.', 200),
    {
      max: 10,
    },
  ).default([]),
  expectStep: partName('The step in which the bot must then be.').optional(),
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
    say: text('What it says. Absent: nothing, as when it only ends the step.', 500).optional(),
    collected: listBy(
      'field',
      'The values that it collects.',
      group('One value.', { field: text('Name of the value.', 40), value: text('The value.', 200) }),
      { max: 10 },
    ).default([]),
    exit: text('The exit that it picks. Absent: the talk goes on.', 63).optional(),
  },
)

/** A conversation that a new version must pass before it takes a call. */
export const conversationSchema = group(
  'A conversation that a new version of the bot must pass before it takes a call.',
  {
    name: partName('Name of the conversation.'),
    given: listBy(
      'operation',
      "How the client's system answers in this conversation. It is never really called by a test.",
      group('The answer of one operation.', {
        operation: text('Integration and operation, such as clinic/find-slot.', 127),
        outcome: text('The outcome that the test pretends, as the operation declares it, or Failed.', 40),
        output: listBy(
          'name',
          'The values that come back.',
          group('One value.', { name: fieldName('Name of the value.'), value: text('The value.', 500) }),
          { max: 10 },
        ).default([]),
      }),
      { max: 10 },
    ).default([]),
    models: listBy(
      'step',
      'What the language model answers in this conversation, step by step. It is never really asked by a test.',
      group('The answers in one step.', {
        step: text('Name of the llm step.', 63),
        answers: list(
          'The answers, in the order in which the bot asks. After the last one the model fails.',
          modelAnswer,
          {
            min: 1,
            max: 20,
          },
        ),
      }),
      { max: 5 },
    ).default([]),
    transfers: choice('Answered: somebody takes the call that is put through. Unanswered: nobody does.', [
      'Answered',
      'Unanswered',
    ]).default('Answered'),
    turns: list('The turns, in order. A turn without says and keys is a caller who stays silent.', turnSchema, {
      min: 1,
      max: 50,
    }),
    ends: choice(
      'How the call must end. HungUp: the bot hung up. Transferred: the caller was put through by a transfer. Fallback: by the emergency number.',
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
