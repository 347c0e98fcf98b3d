import type { EndCause } from '../../telephony/call.ts'
import { type Call, createCall } from '../call/state-machine.ts'
import type { CallInput, End } from '../call/types.ts'
import { Driver, type CallEnvironment, type TransferredCall } from './driver.ts'
import type { Party } from './party.ts'

/** How the talk with the bot ended. `Silent`: the line is dead. */
export type ConversationEnd =
  End | TransferredCall | { readonly type: 'Gone'; readonly cause: EndCause } | { readonly type: 'Silent' }

/** What a talk needs beside the party. */
export interface ConversationDependencies extends Omit<CallEnvironment, 'call' | 'send' | 'delay' | 'end'> {
  readonly rule: Omit<Parameters<typeof createCall>[0], 'hasToneKeys'>
}

/** The bot talks with a caller until one of them has had enough. */
export class ConversationSession {
  private readonly party: Party
  private readonly driver: Driver
  private readonly end = Promise.withResolvers<ConversationEnd>()

  constructor(party: Party, { rule, ...hands }: ConversationDependencies) {
    const { session, dialog } = party
    this.party = party
    const call: Call = createCall({ ...rule, hasToneKeys: !session.takesEvents })
    this.driver = new Driver({
      ...hands,
      call,
      send: (samples) => party.send(samples),
      delay: () => session.delay(this.delayExpired),
      end: (end) => this.end.resolve(end),
    })
    void dialog.ended.then(({ cause }) => this.end.resolve({ type: 'Gone', cause }))
    party.listenWith({
      onFrame: (frame) => this.tick(frame),
      onKey: (key) => this.handle({ type: 'Key', key }),
      onInactive: () => this.end.resolve({ type: 'Silent' }),
    })
  }

  /** What the caller has said so far and may leave the bot, by field: for who takes the call over. */
  get handOver(): Readonly<Record<string, string>> {
    return this.driver.handOver
  }

  handle(input: CallInput): void {
    this.driver.handle(input)
  }

  /** Resolves when it is over; nothing of it goes on then. */
  async run(): Promise<ConversationEnd> {
    this.handle({ type: 'Answered' })
    const end = await this.end.promise
    this.driver.stop()
    return end
  }

  private readonly delayExpired = () => this.handle({ type: 'DelayExpired' })

  private tick(frame: Int16Array | undefined): void {
    if (this.party.session.isHeld) return this.handle({ type: 'Held' })
    this.handle({ type: 'Tick', samples: frame })
  }
}
