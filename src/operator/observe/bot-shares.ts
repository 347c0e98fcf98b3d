import {
  admit,
  allowanceOf,
  askAgainSeconds,
  sharesOf,
  whyBeyond,
  type Amounts,
  type Beyond,
  type Sharer,
  type Used,
} from '../../rules/shares.ts'
import type { BotFacts, BotShare, Settings } from '../world/callbot.ts'
import type { Caches } from './caches.ts'
import { mostWantedBy } from './taken.ts'

type Known = Pick<Caches, 'bots' | 'taken' | 'holders'>
type Rules = Pick<Settings, 'shares'>

/**
 * What its namespace leaves a bot of what all share. While there is room for every Callbot as its spec has it, or none for this one, nobody else
 * has to be looked at: thousands of Callbots of one namespace cost no other's decisions any time.
 */
export function observeBotShare({ taken, ...known }: Known, settings: Rules, bot: BotFacts): BotShare {
  const { namespace, name } = bot
  const shares = sharesOf(settings.shares)
  const used = taken.used(namespace)
  const has = taken.has(namespace, name)
  const pods = allowanceOf('pods', { namespace, has: has['pods'] }, used, shares)
  const beyond = beyondOf({ taken, ...known }, settings, bot, { has, used })
  return { beyond, pods, againSeconds: askAgainSeconds(taken.wanted(namespace).own['callbots'] ?? 0) }
}

function beyondOf(
  { bots, taken, holders }: Known,
  settings: Rules,
  bot: BotFacts,
  { has, used }: { has: Amounts; used: Used },
): Beyond | undefined {
  if (!grows(mostWantedBy(bot), has)) return undefined
  const shares = sharesOf(settings.shares)
  const sharerOf = (each: BotFacts): Sharer => ({
    ...{ key: `${each.namespace}/${each.name}`, namespace: each.namespace, since: each.createdAt },
    wants: wantedBy(holders, each),
    has: taken.has(each.namespace, each.name),
  })
  const own = sharerOf(bot)
  if (!grows(own.wants, has)) return undefined
  const alone = whyBeyond(own, used, shares)
  if (alone !== undefined) return alone
  const wanted = taken.wanted(bot.namespace)
  const fitsTotal = isWithin(wanted.all, shares.total)
  if (fitsTotal && isWithin(wanted.own, shares.share(bot.namespace))) return undefined
  const crowd = fitsTotal ? bots.byIndex('namespace', bot.namespace) : [...bots.list()]
  return admit(crowd.map(sharerOf), fitsTotal ? { ...shares, total: {} } : shares).get(own.key)
}

/** Of the numbers only those that it would get. */
function wantedBy(holders: Known['holders'], { deleting, uid, spec }: BotFacts): Amounts {
  const own = spec.numbers.filter((number) => holders.of(number)?.uid === uid)
  return deleting ? {} : { callbots: 1, numbers: own.length }
}

const grows = (wants: Amounts, has: Amounts) =>
  Object.entries(wants).some(([resource, amount = 0]) => amount > (has[resource] ?? 0))

const isWithin = (amounts: Amounts, limits: Amounts) =>
  Object.entries(amounts).every(([resource, amount = 0]) => amount <= (limits[resource] ?? Infinity))
