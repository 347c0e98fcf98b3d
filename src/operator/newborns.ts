import type { CallbotStatus } from '../api/callbot.ts'
import type { BotFacts } from './world.ts'

/**
 * How long the first status of a bot may wait for its pods, in seconds. A status that only says "starting", overwritten
 * a moment later, is a write that nobody reads, and writes are what the API server has least of.
 */
export const FIRST_WORD_SECONDS = 0.25

interface Newborn {
  uid: string
  /** Epoch milliseconds: when it was first looked at. */
  since: number
  /** Already issued, and not to be issued again. */
  certificate: CallbotStatus['certificate']
}

/**
 * The bots whose first status has not been written. All of this may be forgotten: who takes over issues a certificate
 * anew, and tells at once what is seen.
 */
export class Newborns {
  private readonly bots = new Map<string, Newborn>()

  /** The bot, with what its first status would tell of its certificate. */
  completed(bot: BotFacts): BotFacts {
    const certificate = this.find(bot)?.certificate
    if (certificate === undefined || bot.status?.certificate !== undefined) return bot
    return { ...bot, status: { ...bot.status, certificate } }
  }

  /** Seconds that the status may wait; undefined: it should be written now. `now` is that of the cycle. */
  patience(bot: BotFacts, status: CallbotStatus, now: number): number | undefined {
    const isNew = bot.status?.conditions === undefined
    const known = this.find(bot)
    if (!isNew || reasonOf(status) !== 'PodsStarting') return undefined
    const since = known?.since ?? now
    this.bots.set(keyOf(bot), { uid: bot.uid, since, certificate: status.certificate })
    if (known === undefined) return FIRST_WORD_SECONDS // the Deployment is only just there
    const left = FIRST_WORD_SECONDS - (now - since) / 1000
    return left > 0 ? left : undefined
  }

  /** Its status is written, or the bot is gone. */
  forget(bot: { namespace: string; name: string }): void {
    this.bots.delete(keyOf(bot))
  }

  private find(bot: BotFacts): Newborn | undefined {
    const known = this.bots.get(keyOf(bot))
    return known?.uid === bot.uid ? known : undefined
  }
}

const keyOf = ({ namespace, name }: { namespace: string; name: string }) => `${namespace}/${name}`

const reasonOf = (status: CallbotStatus) => status.conditions?.find(({ type }) => type === 'Ready')?.reason
