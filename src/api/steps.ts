/** The steps of a conversation flow: one verb each. */
import { z } from 'zod'
import { choice, dialable, fieldName, group, integer, list, listBy, partName, text } from './fields.ts'
import { exactlyOne, renamed, when, withRules } from './rule.ts'
import { SLOT_TYPES, slotSchema } from './slots.ts'

const goTo = (description: string) => partName(description)
const SPOKEN = '{field} is replaced by the value that was collected under that name.'

const say = group('Says a text and continues.', {
  text: text(`What the bot says. ${SPOKEN}`, 1000),
  bargeIn: choice('Allowed: the caller can interrupt it. Refused: it is always said to its end, for legal notices.', [
    'Allowed',
    'Refused',
  ]).default('Allowed'),
})

const wayOut = (description: string) =>
  group(description, {
    say: text(`What the bot says before it continues. ${SPOKEN} Absent: nothing.`, 1000).optional(),
    next: goTo('The step that follows.'),
  })

const askShape = group('Asks a question and collects the answer.', {
  text: text(`The question. ${SPOKEN}`, 1000),
  field: fieldName(
    'Name of the value in which the answer is collected. The RetentionPolicy must list it, if the bot has one.',
  ),
  slot: slotSchema,
  keys: choice(
    'Allowed: the caller can answer by voice or by keys of the telephone. Only: by keys only; the bot does not repeat the answer, but says how ' +
      'many keys it took. Refused: by voice only.',
    ['Allowed', 'Only', 'Refused'],
  ).default('Allowed'),
  sensitivity: choice(
    'Secret: for card numbers, PINs and the like. The answer is digits, by keys only. It is never spoken, shown, handed over or sent to a language ' +
      'model; it can only be an input of an operation. Ordinary: all other answers.',
    ['Ordinary', 'Secret'],
  ).default('Ordinary'),
  confirm: choice(
    'Whether the bot repeats the answer and asks for confirmation. WhenUnsure: only if the recognition is uncertain.',
    ['Never', 'WhenUnsure', 'Always'],
  ).default('WhenUnsure'),
  reprompts: list(
    'What the bot says when it recognised no usable answer: the first text the first time, and so on. Empty: the question is repeated once.',
    text(`One text. ${SPOKEN}`, 1000),
    { max: 5 },
  ).default([]),
  noInputSeconds: integer('How long the bot waits until the caller starts to speak, in seconds.', 2, 60).default(6),
  noInput: wayOut(
    'Where the flow continues if the caller is silent after all reprompts. Absent: the emergency number.',
  ).optional(),
  noMatch: wayOut(
    'Where the flow continues if there is no usable answer after all reprompts. Absent: the emergency number.',
  ).optional(),
})

type Ask = z.output<typeof askShape>

const ask = withRules(
  askShape,
  when<Ask>(
    'keys',
    "self.keys != 'Only' || self.slot.type != 'FreeText'",
    'keys must not be Only with slot type FreeText, which can not be typed: set keys to Allowed or choose another type',
    ({ keys, slot }) => keys !== 'Only' || slot.type !== 'FreeText',
  ),
  when<Ask>(
    'keys',
    "self.keys != 'Only' || !has(self.slot.choices) || self.slot.choices.all(c, has(c.key))",
    'keys Only needs a key for each of slot.choices: give each its key, or set keys to Allowed',
    ({ keys, slot }) => keys !== 'Only' || (slot.choices ?? []).every(({ key }) => key !== undefined),
  ),
  when<Ask>(
    'keys',
    "self.sensitivity != 'Secret' || self.keys == 'Only'",
    'keys must be Only with sensitivity Secret, so that nobody says a secret aloud and no recogniser hears it: set keys to Only',
    ({ sensitivity, keys }) => sensitivity !== 'Secret' || keys === 'Only',
  ),
  when<Ask>(
    'slot',
    "self.sensitivity != 'Secret' || self.slot.type == 'Digits'",
    'slot.type must be Digits with sensitivity Secret: the bot checks how many there are and repeats nothing; set type to Digits',
    ({ sensitivity, slot }) => sensitivity !== 'Secret' || slot.type === 'Digits',
  ),
)

const request = group("Sends a request to the client's web service: one HTTP operation of an Integration.", {
  integration: partName('Name of the Integration. It must be listed in integrationRefs.'),
  operation: partName('Name of the operation in http.operations of that Integration.'),
  input: listBy(
    'name',
    'The input values of the operation.',
    group('One value for the operation.', {
      name: fieldName('Name of the input, as the operation declares it.'),
      value: text(`The value. ${SPOKEN}`, 500),
    }),
    { max: 20 },
  ).default([]),
  holdText: text('What the bot says if the answer takes more than about one second. Absent: nothing.', 300).optional(),
  outcomes: listBy(
    'outcome',
    'The step that follows each outcome. After an outcome without an entry, next follows.',
    group('The step that follows one outcome.', {
      outcome: text('An outcome that the operation declares, or Failed: no endpoint gave a usable answer in time.', 40),
      next: goTo('The step that follows.'),
    }),
    { max: 10 },
  ).default([]),
})

const branch = withRules(
  group('One case. The first one that is true is used.', {
    field: fieldName('The collected value to compare.'),
    operator: choice(
      'In: the value is one of values. NotIn: it is none of them. Exists and Absent: whether it was collected. ' +
        'Below and Above: it is a number less, or greater, than the single value.',
      ['In', 'NotIn', 'Exists', 'Absent', 'Below', 'Above'],
    ).default('In'),
    values: list(
      'The values to compare with; yes and no for a YesNo slot. Empty with Exists and Absent.',
      text('One value.', 64),
      { max: 20 },
    ).default([]),
    next: goTo('The step that follows when the case is true.'),
  }),
  {
    cel: "self.operator in ['Exists', 'Absent'] ? self.values.size() == 0 : self.operator in ['Below', 'Above'] ? self.values.size() == 1 : self.values.size() > 0",
    message:
      'values must be empty with operator Exists or Absent, one number with Below or Above, and at least one value with In or NotIn',
    path: ['values'],
    holds: ({ operator, values: { length } }) => {
      if (operator === 'Exists' || operator === 'Absent') return length === 0
      return operator === 'Below' || operator === 'Above' ? length === 1 : length > 0
    },
  },
)

const choose = group('Chooses the next step by the collected values.', {
  branches: list('The cases, in order.', branch, { min: 1, max: 20 }),
  otherwise: goTo('The step that follows when no case is true.'),
})

const transfer = group('Transfers the caller to a person, through a trunk of an Integration.', {
  integration: partName('Name of the Integration. It must be listed in integrationRefs and have trunks.'),
  to: dialable('The number or extension to call.'),
  say: text(`What the bot says before the transfer. ${SPOKEN} Absent: nothing.`, 1000).optional(),
  method: choice(
    'Bridge: the bot calls and forwards the audio, so it notices when nobody answers. Refer: the sender of the call is requested to take it over (REFER); Bridge if it refuses.',
    ['Bridge', 'Refer'],
  ).default('Bridge'),
  handOver: list(
    'Names of the collected values that are sent, in the headers that the Integration names. Empty: none.',
    fieldName('Name of a collected value.'),
    { max: 20 },
  ).default([]),
  ringSeconds: integer('How long it may ring, in seconds, for all trunks together.', 5, 180).default(30),
  unanswered: goTo('The step that follows when nobody answers. Absent: the emergency number.').optional(),
})

const hangUp = group('Ends the call.', {
  say: text(`The last words. ${SPOKEN} Absent: none.`, 1000).optional(),
})

const collectedShape = group('One value.', {
  field: fieldName('Name of the value.'),
  meaning: text('Description of the value for the model.', 300),
  type: choice('Type of the value; see the type of a slot.', SLOT_TYPES).default('FreeText'),
  choices: list('Choice: the permitted values. Others are not collected.', text('One value.', 64), {
    min: 2,
    max: 20,
  }).optional(),
})

const llm = group('Lets a language model lead the conversation, within limits.', {
  instructions: text(
    'The instructions for the model: its role, what it may and may not do. Sent as written: collected values are not inserted.',
    8000,
  ),
  collects: listBy(
    'field',
    'The values that the model may collect. Other values are discarded.',
    withRules(
      collectedShape,
      when<z.output<typeof collectedShape>>(
        'choices',
        "(self.type == 'Choice') == has(self.choices)",
        'choices is needed with type Choice, and has a meaning only there: list the values, or change type',
        ({ type, choices }) => (type === 'Choice') === (choices !== undefined),
      ),
    ),
    { max: 20 },
  ).default([]),
  exits: listBy(
    'name',
    'The ends of the step. The model chooses one.',
    group('One end of the step.', {
      name: partName('Name of the end.'),
      when: text('When to choose it, for the model.', 300),
      next: goTo('The step that follows.'),
    }),
    { min: 1, max: 10 },
  ),
  maxTurns: integer('Maximum number of turns of the caller in the step.', 1, 100).default(12),
  atLimit: goTo(
    'The step that follows after maxTurns, or when the model fails. Absent: the emergency number.',
  ).optional(),
})

const VERBS = ['say', 'ask', 'request', 'choose', 'transfer', 'hangUp', 'llm'] as const

const shape = group('One step: a name, one verb, and for say, ask and request the step that follows.', {
  name: partName('Name of the step.'),
  say: say.optional(),
  ask: ask.optional(),
  request: request.optional(),
  call: renamed('call', 'request'),
  choose: choose.optional(),
  transfer: transfer.optional(),
  hangUp: hangUp.optional(),
  llm: llm.optional(),
  next: goTo('The step that follows a say, ask or request. The other verbs name the next step themselves.').optional(),
})

type Step = z.output<typeof shape>
const goesOn = (step: Step) => step.say !== undefined || step.ask !== undefined || step.request !== undefined

export const stepSchema = withRules(
  shape,
  exactlyOne<Step>(VERBS, `a step must have exactly one verb, one of ${VERBS.join(', ')}: split it into several steps`),
  when<Step>(
    'next',
    '!(has(self.say) || has(self.ask) || has(self.request)) || has(self.next)',
    'next is needed after say, ask and request: name the step that follows, or end with a step that has hangUp',
    (step) => !goesOn(step) || step.next !== undefined,
  ),
  when<Step>(
    'next',
    'has(self.say) || has(self.ask) || has(self.request) || !has(self.next)',
    'next is only for say, ask and request: remove it, the other verbs name the next step themselves',
    (step) => goesOn(step) || step.next === undefined,
  ),
)
