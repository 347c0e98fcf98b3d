/**
 * How the root keys of a namespace turn. Pure. There are two Secrets: one has the generation that seals, the other is empty, or has the next
 * generation, or the one before. Who decides sees neither: it goes by what it wrote down, and by what the pods say.
 */

/** The Secrets, by the folder in which pods have them. */
export const SLOTS = ['a', 'b'] as const
export type Slot = (typeof SLOTS)[number]

export const otherSlot = (slot: Slot): Slot => (slot === 'a' ? 'b' : 'a')

/** What was written down before it was begun. */
export interface RootKeys {
  /** Has the generation that sealed when this was written, or will as soon as `phase` is over. */
  readonly slot: Slot
  /** When that began, in milliseconds since 1970; 0: an older version did not write it down. */
  readonly since: number
  /**
   * Turning: the other Secret is made, and keys of buckets are sealed by it. Removing: no bucket needs the other Secret any more, and it is
   * removed.
   */
  readonly phase: 'Stable' | 'Turning' | 'Removing'
  /** The youngest by which a pod has reported that it seals; empty: none has. What an older one says is of before. */
  readonly generation: string
}

/** What a pod says after it has looked into the database. */
export interface RootsInUse {
  readonly seals: Slot
  /** Name of the generation in it; empty: an older version does not say. */
  readonly generation: string
  /** Those under which the database has a bucket, or may get one, now or when the pod seals by a younger one that it has. */
  readonly needs: readonly Slot[]
}

export interface TurnQuestion {
  readonly known: RootKeys
  /** Of all pods that answer. */
  readonly pods: readonly RootsInUse[]
  /** Milliseconds since 1970. */
  readonly now: number
  /** Milliseconds for which a generation seals. */
  readonly every: number
}

export interface Turn {
  /** Secrets without which a record can't be read: they are never made again. */
  readonly keep: readonly Slot[]
  /** The Secret to make, if it is not there. */
  readonly make?: Slot
  /** The Secret to remove, if it is there. Only then may `next` be written down. */
  readonly remove?: Slot
  /** To be written down. */
  readonly next: RootKeys
}

/** Whether it seals by this Secret, and needs no other. */
const needsAlone = ({ seals, needs }: RootsInUse, slot: Slot) =>
  seals === slot && needs.length === 1 && needs[0] === slot

/**
 * What to do now. Each step is written down before it is done, and may be done any number of times. A pod that answers speaks for those that
 * do not: the database takes no bucket of a generation that it has retired. It does so only while it seals by the youngest generation that
 * any pod ever reported: others report what was so before they were asked again.
 */
export function decideTurn({ known: written, pods, now, every }: TurnQuestion): Turn {
  const generation = youngest(written.generation, pods)
  const fresh = pods.filter((pod) => pod.generation === generation)
  const known = { ...written, generation }
  const { slot, phase } = known
  const other = otherSlot(slot)
  // Somebody wrote what was so before: the pods know better.
  if (phase !== 'Turning' && fresh.some(({ seals }) => seals === other))
    return { keep: [], next: { ...known, phase: 'Turning' } }
  switch (phase) {
    case 'Removing':
      if (!fresh.some((pod) => needsAlone(pod, slot))) return { keep: [slot], next: known }
      return { keep: [slot], remove: other, next: { ...known, phase: 'Stable' } }
    case 'Turning': {
      if (fresh.some((pod) => needsAlone(pod, other)))
        return { keep: [other], next: { ...known, slot: other, since: now, phase: 'Removing' } }
      // The Secret itself has a younger one: the namespace had lost its last policy in a turn.
      if (generation > written.generation && fresh.some((pod) => needsAlone(pod, slot)))
        return { keep: [slot], next: { ...known, since: now, phase: 'Removing' } }
      // Once a pod has it, buckets may be sealed by it: another of the same name would not open them.
      const isInUse = pods.some((pod) => pod.seals === other || pod.needs.includes(other))
      return isInUse ? { keep: [slot, other], next: known } : { keep: [slot], make: other, next: known }
    }
    case 'Stable': {
      const isDue = isTurnDue(known, now, every)
      if (!isDue || pods.length === 0 || !pods.every((pod) => needsAlone(pod, slot)))
        return { keep: [slot], next: known }
      // The Secret to be made may be there, from before the namespace had its last policies.
      return { keep: [slot], remove: other, next: { ...known, phase: 'Turning' } }
    }
  }
}

/** A clock that went back must not keep a generation for longer. */
const isTurnDue = ({ since }: RootKeys, now: number, every: number) => now - since >= every || now < since

const youngest = (written: string, pods: readonly RootsInUse[]) =>
  pods.reduce((found, { generation }) => (generation > found ? generation : found), written)

export const writeRootKeys = ({ slot, since, phase, generation }: RootKeys): string =>
  `${slot} ${since} ${phase} ${generation}`.trimEnd()

const WRITTEN = /^([ab]) (\d{1,16}) (Stable|Turning|Removing)(?: (\S+))?$/

/** @returns undefined when none were made */
export function readRootKeys(text: string | undefined): RootKeys | undefined {
  if (text === undefined || text === '') return undefined
  const [, slot, since, phase, generation = ''] = WRITTEN.exec(text) ?? []
  // What an older version wrote, or nobody: some were made.
  if (slot === undefined || (generation !== '' && !isGenerationName(generation)))
    return { slot: 'a', since: 0, phase: 'Stable', generation: '' }
  return { slot: slot as Slot, since: Number(since), phase: phase as RootKeys['phase'], generation }
}

/** Whether a text can be the name of a generation, whoever made it. */
export const isGenerationName = (text: string): boolean => /^[a-z0-9][a-z0-9-]{0,62}$/.test(text)

/** Name of the generation that is made now: names of younger ones are greater. @param now milliseconds since 1970 */
export const generationAt = (now: number): string =>
  new Date(now).toISOString().slice(0, 19).toLowerCase().replaceAll(':', '-')

const MADE_AT = /^(\d{4}-\d\d-\d\d)(?:t(\d\d)-(\d\d)-(\d\d))?$/

/** When a generation was made, in milliseconds since 1970. Undefined: its name does not say. */
export function madeAt(generation: string): number | undefined {
  const [, day, hours = '00', minutes = '00', seconds = '00'] = MADE_AT.exec(generation) ?? []
  const at = Date.parse(`${day}T${hours}:${minutes}:${seconds}Z`)
  return Number.isNaN(at) ? undefined : at
}
