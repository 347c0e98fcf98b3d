import { DO, of, type Shown } from './shown.ts'

const STEP = 'Callbot.dialog.inline.steps[]'

export const DIALOG: Shown[] = [
  { file: DO, test: 'start: calls begin with that step, wherever it stands', fields: ['Callbot.dialog.inline.start'] },
  {
    file: 'test/unit/conversation/engine.test.ts',
    test: 'says all that comes before the first question in one move',
    fields: of(STEP, 'name', 'say.text', 'next'),
  },
  { file: DO, test: 'bargeIn: what is Refused can not be talked over', fields: of(STEP, 'say.bargeIn') },
  {
    file: 'test/unit/conversation/answers.test.ts',
    test: 'is collected and the dialog goes on',
    fields: of(STEP, 'ask.field', 'ask.slot.type'),
  },
  {
    file: 'test/unit/conversation/answers.test.ts',
    test: 'that is not usable is asked for once more, with the question, when there is no reprompt',
    fields: of(STEP, 'ask.text'),
  },
  {
    file: 'test/unit/conversation/answers.test.ts',
    test: 'chooses by the key of a choice, # too',
    fields: of(STEP, 'ask.slot.choices[].value', 'ask.slot.choices[].key'),
  },
  {
    file: 'test/unit/conversation/slots/choices.test.ts',
    test: 'is the other one when one is ruled out',
    fields: of(STEP, 'ask.slot.choices[].phrases[]'),
  },
  {
    file: 'test/unit/conversation/answers.test.ts',
    test: 'that is not one costs a reprompt',
    fields: of(STEP, 'ask.slot.minDigits'),
  },
  {
    file: 'test/unit/conversation/answers.test.ts',
    test: 'ends by itself when no more key can follow',
    fields: of(STEP, 'ask.slot.maxDigits'),
  },
  {
    file: 'test/unit/conversation/slots/dates.test.ts',
    test: 'refuse a day outside, and tell which it was',
    fields: of(STEP, 'ask.slot.earliestDays', 'ask.slot.latestDays'),
  },
  { file: DO, test: 'currency: it is meant where the caller names none', fields: of(STEP, 'ask.slot.currency') },
  {
    file: DO,
    test: 'maxSeconds and noInputSeconds: the bot listens for so long, and waits for so long',
    fields: of(STEP, 'ask.slot.maxSeconds', 'ask.noInputSeconds'),
  },
  {
    file: 'test/unit/conversation/answers.test.ts',
    test: 'alone is taken where keys are Only: what is said is not even listened to',
    fields: of(STEP, 'ask.keys'),
  },
  {
    file: 'test/unit/conversation/secrets.test.ts',
    test: 'reaches the operation that it is for, and is neither spoken nor handed over, even by a flow that nobody has checked',
    fields: of(STEP, 'ask.sensitivity'),
  },
  {
    file: 'test/unit/conversation/answers.test.ts',
    test: 'Always is repeated each time, after keys too',
    fields: of(STEP, 'ask.confirm'),
  },
  {
    file: 'test/unit/conversation/answers.test.ts',
    test: 'is asked for with each reprompt in turn, and then the way out is gone',
    fields: of(STEP, 'ask.reprompts[]'),
  },
  {
    file: DO,
    test: 'say of a way out: it is said before the dialog goes on',
    fields: of(STEP, 'ask.noInput.say', 'ask.noInput.next', 'ask.noMatch.say', 'ask.noMatch.next'),
  },
  {
    file: 'test/unit/conversation/engine.test.ts',
    test: 'gives values in their written form, and leaves out what was not collected',
    fields: of(
      STEP,
      'request.integration',
      'request.operation',
      'request.input[].name',
      'request.input[].value',
      'request.holdText',
    ),
  },
  {
    file: 'test/unit/conversation/engine.test.ts',
    test: 'goes where the outcome leads, with what came back',
    fields: of(STEP, 'request.outcomes[].outcome', 'request.outcomes[].next', 'hangUp.say'),
  },
  {
    file: 'test/unit/conversation/engine.test.ts',
    test: 'goes the first branch that is true, else the other way',
    fields: of(
      STEP,
      ...['field', 'operator', 'values[]', 'next'].map((name) => `choose.branches[].${name}`),
      'choose.otherwise',
    ),
  },
  {
    file: 'test/unit/conversation/engine.test.ts',
    test: 'says so, and hands over what was collected of what it names',
    fields: of(STEP, 'transfer.integration', 'transfer.to', 'transfer.say', 'transfer.handOver[]'),
  },
  {
    file: DO,
    test: 'ringSeconds and method: a transfer rings for so long, and goes that way',
    fields: of(STEP, 'transfer.ringSeconds', 'transfer.method'),
  },
  {
    file: 'test/unit/conversation/engine.test.ts',
    test: 'goes on when nobody answers, or to the emergency number',
    fields: of(STEP, 'transfer.unanswered'),
  },
  {
    file: 'test/unit/voice/llm/chat-completions.test.ts',
    test: 'is asked with the instructions, the fields with their forms, the exits, the language and the talk',
    fields: [
      ...of(STEP, 'llm.instructions', 'llm.collects[].meaning', 'llm.collects[].type', 'llm.exits[].when'),
      'Callbot.llm.providers[].model',
    ],
  },
  {
    file: 'test/unit/conversation/llm-steps.test.ts',
    test: 'ends by the exit that the model picks, with what it collected in written form',
    fields: of(STEP, 'llm.collects[].field', 'llm.collects[].choices[]', 'llm.exits[].name', 'llm.exits[].next'),
  },
  {
    file: 'test/unit/conversation/llm-steps.test.ts',
    test: 'goes where the flow says after maxTurns, or when the model fails; else to the emergency number',
    fields: of(STEP, 'llm.maxTurns', 'llm.atLimit'),
  },
  {
    file: DO,
    test: 'dialog.configMapRef: its pods mount that key of that ConfigMap',
    fields: of('Callbot.dialog.configMapRef', 'name', 'key'),
  },
]
