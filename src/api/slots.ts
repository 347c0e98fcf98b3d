/** What an `ask` step listens for. */
import { z } from 'zod'
import { choice, group, integer, list, text } from './fields.ts'
import { when, withRules } from './rule.ts'

export const SLOT_TYPES = ['YesNo', 'Digits', 'Date', 'Time', 'Phone', 'Amount', 'Choice', 'FreeText'] as const

const option = group('One answer that the caller can choose.', {
  value: text('The value that is collected when the caller chooses this answer.', 64),
  phrases: list(
    'Phrases for this answer, in the language of the bot. Similar-sounding words are matched too; three or four phrases are enough.',
    text('One way to say it.', 100),
    { min: 1, max: 20 },
  ),
  key: withRules(
    z
      .string()
      .min(1)
      .max(1)
      .describe('The key of the telephone for this answer: 0 to 9, * or #. Absent: by voice only.'),
    {
      cel: "self.matches(r'^[0-9*#]$')",
      message: 'key must be one key of a telephone: 0 to 9, * or #',
      holds: (key) => /^[0-9*#]$/.test(key),
    },
  ).optional(),
})

const shape = group('The type of the answer, and its limits.', {
  type: choice(
    'YesNo: yes or no. Digits: a sequence of digits, such as a file number. Date: a day, also "next Tuesday". Time: a time of day. ' +
      'Phone: a telephone number. Amount: a sum of money. Choice: one of choices. FreeText: the words as they were said.',
    SLOT_TYPES,
  ),
  choices: list('The answers to choose from. Needed with type Choice, and only there.', option, {
    min: 2,
    max: 20,
  }).optional(),
  minDigits: integer('Digits: minimum number of digits. Default: 1.', 1, 32).optional(),
  maxDigits: integer(
    'Digits: maximum number of digits; the turn ends when it is reached. Default: 32.',
    1,
    32,
  ).optional(),
  earliestDays: integer(
    'Date: the first day that is accepted, in days from today; negative for the past, 0 for today. Default: no limit.',
    -36500,
    36500,
  ).optional(),
  latestDays: integer(
    'Date: the last day that is accepted, in days from today; negative for the past, 0 for today. Default: no limit.',
    -36500,
    36500,
  ).optional(),
  currency: choice('Amount: the currency if the caller names none. Default: EUR.', [
    'EUR',
    'GBP',
    'CHF',
    'USD',
    'CAD',
  ]).optional(),
  maxSeconds: integer('FreeText: maximum length of the answer, in seconds. Default: 30.', 1, 300).optional(),
})

type Slot = z.output<typeof shape>

const onlyWith = (type: Slot['type'], ...names: (keyof Slot & string)[]) =>
  names.map((name) =>
    when<Slot>(
      name,
      `self.type == '${type}' || !has(self.${name})`,
      `${name} has a meaning only with type ${type}: remove it or change type`,
      (slot) => slot.type === type || slot[name] === undefined,
    ),
  )

export const slotSchema = withRules(
  shape,
  when<Slot>(
    'choices',
    "self.type != 'Choice' || has(self.choices)",
    'choices is needed with type Choice: list at least two answers, each with its phrases',
    (slot) => slot.type !== 'Choice' || slot.choices !== undefined,
  ),
  ...onlyWith('Choice', 'choices'),
  ...onlyWith('Digits', 'minDigits', 'maxDigits'),
  ...onlyWith('Date', 'earliestDays', 'latestDays'),
  ...onlyWith('Amount', 'currency'),
  ...onlyWith('FreeText', 'maxSeconds'),
  when<Slot>(
    'minDigits',
    '!has(self.minDigits) || !has(self.maxDigits) || self.minDigits <= self.maxDigits',
    'minDigits must not be greater than maxDigits: lower it or raise maxDigits',
    (slot) => (slot.minDigits ?? 1) <= (slot.maxDigits ?? 32),
  ),
  when<Slot>(
    'earliestDays',
    '!has(self.earliestDays) || !has(self.latestDays) || self.earliestDays <= self.latestDays',
    'earliestDays must not be after latestDays: lower it or raise latestDays',
    (slot) => slot.earliestDays === undefined || slot.latestDays === undefined || slot.earliestDays <= slot.latestDays,
  ),
  {
    cel: '!has(self.choices) || self.choices.all(c, !has(c.key) || self.choices.exists_one(d, has(d.key) && d.key == c.key))',
    message: 'choices must not share a key: give each answer a key of its own',
    path: ['choices'],
    holds: (slot) => {
      const keys = (slot.choices ?? []).flatMap(({ key }) => (key === undefined ? [] : [key]))
      return new Set(keys).size === keys.length
    },
  },
)
