import type { Clock } from '../../runtime/clock.ts'
import type { ObservedEdge } from '../../rules/route-on-edges.ts'

export interface RoutesStore {
  /** From now on edges are asked for this epoch of a bot's route (`namespace/name`); undefined: no more. */
  follow(bot: string, epoch: number | undefined): void
  /** The edges that are there now, by uid. */
  retain(edges: readonly { uid: string; name: string }[]): void
  /** It has answered all that it was asked. */
  recordAnswer(edge: string): void
  /** The epochs of routes that it runs. */
  recordEpochs(edge: string, epochs: ReadonlyMap<string, number>): void
  /** Of which bots an edge is to be asked. */
  questions(edge: string): string[]
  /** Reports what has changed since: to be called each second. */
  tick(): void
  /** What edges told of a bot. Undefined before the first word of which there are. */
  edgesOf(bot: string): ObservedEdge[] | undefined
}

interface Edge {
  name: string
  /** Of its last answer, or since when it is there. By the two clocks. */
  answeredAt: number
  answeredWall: number
  /** What it told of bots that are followed. */
  epochs: Map<string, number>
}

interface Followed {
  epoch: number
  since: number
  /** What was reported last, so that nothing is reported twice. */
  shown: string | undefined
}

/** An edge that answers nothing for so long is waited for no more. */
const SILENT_AFTER_MS = 3_000
/** While edges take the route one after the other nothing of it is news. */
const PATIENCE_MS = 3_000

/** Keeps what edges report about routes that were published a moment ago. `onChange`: the route of the bot has changed. */
export function createRoutesStore(clock: Clock, onChange: (bot: string) => void): RoutesStore {
  const edges = createEdgeRegister(clock)
  const followed = new Map<string, Followed>()

  const tell = (bot: string, one: Followed) => {
    const all = edges.list()
    const others = all.filter((edge) => !runs(edge, bot, one.epoch))
    const silent = others.filter(edges.isSilent)
    const isWaiting = silent.length < others.length && clock.monotonic() - one.since < PATIENCE_MS
    const now = [all.length - others.length, others.length - silent.length, ...silent.map(({ name }) => name)].join()
    if (isWaiting || now === one.shown) return
    one.shown = now
    onChange(bot)
  }

  return {
    follow(bot, epoch) {
      if (followed.get(bot)?.epoch === epoch) return
      if (epoch !== undefined) {
        followed.set(bot, { epoch, since: clock.monotonic(), shown: undefined })
        return
      }
      followed.delete(bot)
      for (const { epochs } of edges.list()) epochs.delete(bot)
    },
    retain: edges.keep,
    recordAnswer: edges.heard,
    recordEpochs(uid, epochs) {
      const edge = edges.get(uid)
      for (const [bot, epoch] of edge === undefined ? [] : epochs) {
        const one = followed.get(bot)
        if (one === undefined || runs(edge!, bot, epoch)) continue
        edge!.epochs.set(bot, epoch)
        tell(bot, one)
      }
    },
    questions(uid) {
      const edge = edges.get(uid)
      if (edge === undefined) return []
      return [...followed].flatMap(([bot, { epoch }]) => (runs(edge, bot, epoch) ? [] : [bot]))
    },
    tick() {
      edges.tick()
      for (const [bot, one] of followed) tell(bot, one)
    },
    edgesOf(bot) {
      if (!edges.isKnown()) return undefined
      return edges.list().map((edge) => ({
        edge: edge.name,
        silentSince: edges.isSilent(edge) ? edge.answeredWall : undefined,
        epoch: edge.epochs.get(bot),
      }))
    },
  }
}

const runs = ({ epochs }: Edge, bot: string, epoch: number) => (epochs.get(bot) ?? -1) >= epoch

/** The edges, and which of them are silent. */
function createEdgeRegister(clock: Clock) {
  const edges = new Map<string, Edge>()
  let isBegun = false
  let tickedAt = -Infinity
  const hear = (edge: Edge) => Object.assign(edge, { answeredAt: clock.monotonic(), answeredWall: clock.wall() })
  return {
    get: (uid: string) => edges.get(uid),
    list: () => [...edges.values()],
    isKnown: () => isBegun,
    isSilent: (edge: Edge) => clock.monotonic() - edge.answeredAt >= SILENT_AFTER_MS,
    heard(uid: string) {
      const edge = edges.get(uid)
      if (edge !== undefined) hear(edge)
    },
    keep(now: readonly { uid: string; name: string }[]) {
      isBegun = true
      const left = new Set(now.map(({ uid }) => uid))
      for (const uid of edges.keys()) if (!left.has(uid)) edges.delete(uid)
      for (const { uid, name } of now) {
        if (!edges.has(uid)) edges.set(uid, hear({ name, answeredAt: 0, answeredWall: 0, epochs: new Map() }))
      }
    },
    tick() {
      // Nobody was asked meanwhile: another led, or this process stood still.
      if (clock.monotonic() - tickedAt >= SILENT_AFTER_MS) for (const edge of edges.values()) hear(edge)
      tickedAt = clock.monotonic()
    },
  }
}
