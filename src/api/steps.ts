/** The steps of a dialog: one verb each. */
import { z } from 'zod'
import { choice, dialable, fieldName, group, integer, list, listBy, partName, text } from './fields.ts'
import { exactlyOne, when, withRules } from './rule.ts'
import { SLOT_TYPES, slotSchema } from './slots.ts'

const goTo = (description: string) => partName(description)
const SPOKEN = 'Said as written, with {field} replaced by what was collected under that name.'

const say = group('Says a text and goes on.', {
  text: text(`What the bot says. ${SPOKEN}`, 1000),
  bargeIn: choice(
    'Allowed: the caller may talk over it and is listened to. Refused: it is said to its end, for legal notices.',
    ['Allowed', 'Refused'],
  ).default('Allowed'),
})

const wayOut = (description: string) =>
  group(description, {
    say: text(`What the bot says before it goes on. ${SPOKEN} Absent: nothing.`, 1000).optional(),
    next: goTo('The step that follows.'),
  })

const askShape = group('Asks a question and collects the answer.', {
  text: text(`The question. ${SPOKEN}`, 1000),
  field: fieldName(
    'The name under which the answer is collected. The retention policy must list it, if the bot has one.',
  ),
  slot: slotSchema,
  keys: choice(
    'Allowed: the answer comes by voice or by the keys of the telephone. Only: by keys alone, for secrets. Refused: by voice alone.',
    ['Allowed', 'Only', 'Refused'],
  ).default('Allowed'),
  confirm: choice(
    'Whether the bot repeats the answer and asks if it is right. WhenUnsure: only if it was understood badly.',
    ['Never', 'WhenUnsure', 'Always'],
  ).default('WhenUnsure'),
  reprompts: list(
    'What is said when nothing or nothing usable was heard: the first text the first time, and so on. Empty: the question is repeated once.',
    text(`One text. ${SPOKEN}`, 1000),
    { max: 5 },
  ).default([]),
  noInputSeconds: integer('How long the bot waits for the caller to begin, in seconds.', 2, 60).default(6),
  noInput: wayOut(
    'The way out when the caller stayed silent after all reprompts. Absent: the emergency number.',
  ).optional(),
  noMatch: wayOut(
    'The way out when nothing usable was heard after all reprompts. Absent: the emergency number.',
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
)

const call = group("Calls one HTTP operation of an integration, the client's own system.", {
  integration: partName('Name of the Integration. It must be listed in integrationRefs.'),
  operation: partName('Name of the operation in http.operations of that Integration.'),
  input: listBy(
    'name',
    'What the operation is given.',
    group('One value for the operation.', {
      name: fieldName('Name of the input, as the operation declares it.'),
      value: text(`The value. ${SPOKEN}`, 500),
    }),
    { max: 20 },
  ).default([]),
  holdText: text(
    'What is said while the answer is awaited for more than about a second. Absent: silence.',
    300,
  ).optional(),
  outcomes: listBy(
    'outcome',
    'Where the dialog goes for each outcome. An outcome without an entry goes to next.',
    group('Where one outcome leads.', {
      outcome: text('An outcome that the operation declares, or Failed: no endpoint gave a usable answer in time.', 40),
      next: goTo('The step that follows.'),
    }),
    { max: 10 },
  ).default([]),
})

const branch = withRules(
  group('One case. The first that is true is taken.', {
    field: fieldName('The collected value that is looked at.'),
    operator: choice(
      'In: the value is one of values. NotIn: it is none of them. Exists and Absent: whether it was collected at all. ' +
        'Below and Above: it is a number less, or more, than the single value.',
      ['In', 'NotIn', 'Exists', 'Absent', 'Below', 'Above'],
    ).default('In'),
    values: list(
      'What the value is compared with; yes and no for a YesNo slot. Empty with Exists and Absent.',
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

const choose = group('Goes on according to what was collected.', {
  branches: list('The cases, looked at from the first to the last.', branch, { min: 1, max: 20 }),
  otherwise: goTo('The step that follows when no case is true.'),
})

const transfer = group('Puts the caller through to a person, by a trunk of an integration.', {
  integration: partName('Name of the Integration. It must be listed in integrationRefs and have trunks.'),
  to: dialable('The number or extension that is called.'),
  say: text(`What the bot says before. ${SPOKEN} Absent: nothing.`, 1000).optional(),
  method: choice(
    'Bridge: the bot calls and passes the sound on, so it notices when nobody answers. Refer: who sent us the call is asked to take it over; Bridge when that is refused.',
    ['Bridge', 'Refer'],
  ).default('Bridge'),
  handOver: list(
    'Names of the collected values that go along, in the headers that the Integration names. Empty: none.',
    fieldName('Name of a collected value.'),
    { max: 20 },
  ).default([]),
  ringSeconds: integer('How long it may ring, in seconds, over all trunks together.', 5, 180).default(30),
  unanswered: goTo('The step that follows when nobody answers. Absent: the emergency number.').optional(),
})

const hangUp = group('Ends the call.', {
  say: text(`The last words. ${SPOKEN} Absent: none.`, 1000).optional(),
})

const collectedShape = group('One value.', {
  field: fieldName('The name under which the value is collected.'),
  meaning: text('What it is, told to the model.', 300),
  type: choice('What kind of value it is; see the type of a slot.', SLOT_TYPES).default('FreeText'),
  choices: list('Choice: the values that the model may give. Any other is not collected.', text('One value.', 64), {
    min: 2,
    max: 20,
  }).optional(),
})

const llm = group('Lets a language model lead the talk, within limits.', {
  instructions: text(
    'What the model is told: who it is, what it may and may not do. Nothing of the caller stands here.',
    8000,
  ),
  collects: listBy(
    'field',
    'The values that the model may collect. What it says beyond them is not kept.',
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
    'How the step ends. The model picks one.',
    group('One way in which the step ends.', {
      name: partName('Name of the end.'),
      when: text('When to pick it, told to the model.', 300),
      next: goTo('The step that follows.'),
    }),
    { min: 1, max: 10 },
  ),
  maxTurns: integer('After so many turns of the caller the step ends by itself.', 1, 100).default(12),
  atLimit: goTo(
    'The step that follows after maxTurns, or when the model fails. Absent: the emergency number.',
  ).optional(),
})

const VERBS = ['say', 'ask', 'call', 'choose', 'transfer', 'hangUp', 'llm'] as const

const shape = group('One step: a name, one verb, and for say, ask and call the step that follows.', {
  name: partName('Name of the step.'),
  say: say.optional(),
  ask: ask.optional(),
  call: call.optional(),
  choose: choose.optional(),
  transfer: transfer.optional(),
  hangUp: hangUp.optional(),
  llm: llm.optional(),
  next: goTo('The step that follows a say, ask or call. The other verbs say themselves where they lead.').optional(),
})

type Step = z.output<typeof shape>
const goesOn = (step: Step) => step.say !== undefined || step.ask !== undefined || step.call !== undefined

export const stepSchema = withRules(
  shape,
  exactlyOne<Step>(VERBS, `a step must have exactly one verb, one of ${VERBS.join(', ')}: split it into several steps`),
  when<Step>(
    'next',
    '!(has(self.say) || has(self.ask) || has(self.call)) || has(self.next)',
    'next is needed after say, ask and call: name the step that follows, or end with a step that has hangUp',
    (step) => !goesOn(step) || step.next !== undefined,
  ),
  when<Step>(
    'next',
    'has(self.say) || has(self.ask) || has(self.call) || !has(self.next)',
    'next is only for say, ask and call: remove it, the other verbs say themselves where they lead',
    (step) => goesOn(step) || step.next === undefined,
  ),
)
