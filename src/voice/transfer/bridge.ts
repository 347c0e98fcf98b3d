import type { Party } from '../session/party.ts'

/** Who ended a talk of two; `Lost`: neither of them can be heard any more. */
export type BridgeEnd = 'Caller' | 'Callee' | 'Lost'

/**
 * Lets two parties talk with each other until one hangs up; then the other is hung up too. Each keeps what it has negotiated: one may be on
 * hold, encrypted or coded otherwise than the other. No word is understood on the way.
 */
export async function bridge(caller: Party, callee: Party): Promise<BridgeEnd> {
  const lost = Promise.withResolvers<'Lost'>()
  join(caller, callee, () => lost.resolve('Lost'))
  const end = await Promise.race([
    caller.dialog.ended.then(() => 'Caller' as const),
    callee.dialog.ended.then(() => 'Callee' as const),
    lost.promise,
  ])
  await Promise.all([caller.close(), callee.close()])
  return end
}

/** Both directions. Silence of one of them may be a rule of his network's; silence of both is the end. */
function join(one: Party, other: Party, onSilence: () => void): void {
  const silent = new Set<Party>()
  const relay = (from: Party, to: Party, out: Slot, back: Slot) =>
    from.listenWith({
      onFrame(frame) {
        if (frame !== undefined) silent.delete(from)
        out.frame = frame
        // Taken, not looked at: a frame that is not renewed must not be heard twice.
        from.send(back.frame)
        back.frame = undefined
      },
      onKey: (key) => to.press(key),
      onInactive() {
        silent.add(from)
        if (silent.size === 2) onSilence()
      },
    })
  const forth: Slot = { frame: undefined }
  const back: Slot = { frame: undefined }
  relay(one, other, forth, back)
  relay(other, one, back, forth)
}

/** What one said in the last tick and the other has not heard yet. All sessions tick one after the other, so it is never overwritten. */
interface Slot {
  frame: Int16Array | undefined
}
