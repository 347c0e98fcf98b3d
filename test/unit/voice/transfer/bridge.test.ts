import { expect } from 'chai'
import fc from 'fast-check'
import type { Dialog, DialogHandlers, Ended } from '../../../../src/telephony/call.ts'
import type { MediaSession } from '../../../../src/telephony/media/types.ts'
import { type PartyMedia, Party } from '../../../../src/voice/session/party.ts'
import { bridge } from '../../../../src/voice/transfer/bridge.ts'
import { settle } from '../../../harness/fake-clock.ts'

/** A party whose ticks the test makes: one frame in, and what goes out in it. */
class Puppet {
  readonly sent: (Int16Array | undefined)[] = []
  readonly keys: string[] = []
  readonly hangsUp = Promise.withResolvers<Ended>()
  readonly party: Party
  handlers: DialogHandlers = {}
  isHungUp = false
  isClosed = false
  private readonly plug: PartyMedia['output'] = { listener: { onFrame() {} } }
  private readonly takesEvents: boolean
  private outgoing: Int16Array | undefined
  /** As in the real one, a single buffer is used for all that is heard. */
  private readonly buffer = new Int16Array(160)

  constructor(takesEvents = true) {
    this.takesEvents = takesEvents
    const dialog = {
      handle: (handlers: DialogHandlers) => void (this.handlers = handlers),
      ended: this.hangsUp.promise,
      bye: () => Promise.resolve(void (this.isHungUp = true)),
    } as unknown as Dialog
    const session = {
      send: (frame: Int16Array | undefined) => void (this.outgoing = frame),
      sendDtmf: (key: string) => this.takesEvents && this.keys.push(key) > 0,
      close: () => Promise.resolve(void (this.isClosed = true)),
    } as unknown as MediaSession
    this.party = new Party(dialog, { session, body: Buffer.alloc(0), output: this.plug }, undefined)
  }

  /** @param level of the frame that is heard; 0: silence */
  tick(level: number): void {
    this.outgoing = undefined
    this.buffer.fill(level)
    this.plug.listener.onFrame(level === 0 ? undefined : this.buffer)
    this.sent.push(this.outgoing === undefined ? undefined : Int16Array.from(this.outgoing))
  }

  press = (key: string) => this.plug.listener.onKey?.(key)
  isQuiet = () => this.plug.listener.onInactive?.()
  /** The level of each frame that went out. */
  get levels(): number[] {
    return this.sent.map((frame) => frame?.[7] ?? 0)
  }
}

describe('two parties that are joined', () => {
  it('hear each other frame by frame, in order, nothing lost and nothing twice, whoever ticks first', () => {
    const talk = fc.array(fc.tuple(fc.nat(9_000), fc.nat(9_000)), { maxLength: 60 })
    fc.assert(
      fc.property(talk, fc.boolean(), (ticks, isCallerFirst) => {
        const [caller, callee] = [new Puppet(), new Puppet()]
        void bridge(caller.party, callee.party)
        for (const [said, answered] of ticks) {
          const turns = [() => caller.tick(said), () => callee.tick(answered)]
          for (const turn of isCallerFirst ? turns : turns.toReversed()) turn()
        }
        const saidBy = (who: 0 | 1) => ticks.map((tick) => tick[who])
        // Who ticks second hears at once, who ticks first one tick later.
        const [first, second] = isCallerFirst ? [caller, callee] : [callee, caller]
        expect(second.levels).to.deep.equal(saidBy(isCallerFirst ? 0 : 1))
        expect(first.levels).to.deep.equal([0, ...saidBy(isCallerFirst ? 1 : 0)].slice(0, ticks.length))
      }),
    )
  })

  it('do not hear the last word again and again when the other side stands still', () => {
    const [caller, callee] = [new Puppet(), new Puppet()]
    void bridge(caller.party, callee.party)
    callee.tick(500)
    for (let tick = 0; tick < 3; tick++) caller.tick(0)
    expect(caller.levels).to.deep.equal([500, 0, 0])
  })

  it('press keys at each other: as events, or as a tone of 100 ms for who takes no events', () => {
    const [caller, callee] = [new Puppet(true), new Puppet(false)]
    void bridge(caller.party, callee.party)
    callee.press('5')
    caller.press('7')
    expect(caller.keys).to.deep.equal(['5'])
    for (let tick = 0; tick < 10; tick++) {
      caller.tick(1)
      callee.tick(1)
    }
    const isTone = callee.sent.map((frame) => frame?.some((sample) => Math.abs(sample) > 2_000) ?? false)
    expect(isTone).to.deep.equal([true, true, true, true, true, false, false, false, false, false])
    expect(callee.levels.at(-1)).to.equal(1)
  })

  it('are both hung up, and give their ports back, when one of them hangs up', async () => {
    for (const who of ['Caller', 'Callee'] as const) {
      const [caller, callee] = [new Puppet(), new Puppet()]
      const ended = bridge(caller.party, callee.party)
      const one = who === 'Caller' ? caller : callee
      one.hangsUp.resolve({ cause: 'remote' })
      expect(await ended).to.equal(who)
      for (const party of [caller, callee]) expect([party.isHungUp, party.isClosed]).to.deep.equal([true, true])
    }
  })

  it('are lost only when neither can be heard: one may listen for as long as he likes', async () => {
    const [caller, callee] = [new Puppet(), new Puppet()]
    let end: string | undefined
    void bridge(caller.party, callee.party).then((it) => (end = it))
    caller.isQuiet()
    caller.tick(3)
    callee.isQuiet()
    await settle()
    expect(end).to.equal(undefined)
    caller.isQuiet()
    await settle()
    expect(end).to.equal('Lost')
  })
})
