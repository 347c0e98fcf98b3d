import { ownWords } from '../../runtime/log-fields.ts'
import type { Log } from '../../runtime/log.ts'
import type { EdgeRoute } from '../../rules/edge-routes.ts'
import type { ProxyAnswer, ProxyRpc } from '../../telephony/proxy-rpc.ts'
import type { RpcValue } from '../../wire/binrpc.ts'
import type { ProxyObservations } from '../report/edge-state.ts'
import {
  member,
  readConnection,
  readPods,
  trunkChoices,
  trunkHealth,
  type PodInProxy,
} from '../report/proxy-answers.ts'
import type { Connection } from '../plan/tls-source-ports.ts'
import { proxyDrills, type ProxyDrills } from './proxy-drills.ts'
import { dumpTable, forgetAllBut } from './proxy-tables.ts'
import { ENDED_TABLE, readEnded, type EndedCalls } from '../report/ended-calls.ts'
import { DIGEST_KEY, EPOCH_KEY, epochKey } from '../render/route-tables.ts'

/** A part of the proxy's knowledge that is loaded again as a whole. In the order in which they have to be. */
export const PARTS = ['tls', 'peer', 'dispatcher', 'login', 'trunk', 'route'] as const
export type Part = (typeof PARTS)[number]

/**
 * Peers before pods, so that a new pod's first answer is recognised; pods and trunks before numbers, so that no number leads to
 * what is not there. For the same reason the pods of a bot that is gone leave in a second round (agent.ts).
 */
const RELOADS: Record<Part, [string, ...string[]]> = {
  tls: ['tls.reload'],
  peer: ['htable.reload', 'peer'],
  dispatcher: ['dispatcher.reload'],
  login: ['htable.reload', 'login'],
  trunk: ['htable.reload', 'trunk'],
  route: ['htable.reload', 'route'],
}

/** `Refused`: it goes on with what it had. `Other`: it runs another text, and has to be asked again. `Away`: no answer. */
export type Reloaded = 'Loaded' | 'Refused' | 'Other' | 'Away'

export interface Proxy extends ProxyDrills {
  /**
   * Loads a part again.
   * @param digest of the table that it must run after that; undefined for a part that carries none
   */
  reload(part: Part, digest: string | undefined): Promise<Reloaded>
  /** The epoch that the proxy runs; undefined while it is away. */
  epoch(): Promise<number | undefined>
  /** The epochs of these bots' routes that it runs, of those that it has; undefined while it is away. */
  epochsOf(bots: readonly string[]): Promise<EdgeRoute[] | undefined>
  /** All pods that it knows; empty while it is away. */
  pods(): Promise<PodInProxy[]>
  /** All its TLS connections; undefined while it is away. */
  connections(): Promise<Connection[] | undefined>
  /** Closes connections by their ids. */
  close(ids: readonly number[]): Promise<void>
  /** Calls that it refused since it started, by why; nothing while it is away. */
  refusals(): Promise<ReadonlyMap<string, number>>
  /** Calls to bots that have ended since it started, by `BOT.NAMESPACE.svc` and outcome; undefined while it is away. */
  ended(): Promise<EndedCalls | undefined>
  /** What it found of trunks; nothing while it is away. */
  trunks(): Promise<ProxyObservations>
  /**
   * Removes what it found of trunks, Integrations and bots that are gone.
   * @param known ids, domains and names of those that are there
   * @returns false when something is left, or it is away
   */
  forgetAllBut(known: ReadonlySet<string>): Promise<boolean>
}

export function createProxy(rpc: ProxyRpc, log: Log, onReload: (part: Part, isGood: boolean) => void): Proxy {
  async function valueIn(table: string, key: string): Promise<string | undefined> {
    return valueOf(await rpc.call('htable.get', table, key))
  }
  const rowsOf = async (table: string) => (await dumpTable(rpc, table)) ?? new Map<string, RpcValue>()
  return {
    ...proxyDrills(rpc),
    async reload(part, digest) {
      const answer = await rpc.call(...RELOADS[part])
      // Its word is not enough: it says Ok, too, when it took a file for unchanged.
      const isGood = answer.ok && (digest === undefined || (await valueIn(part, DIGEST_KEY)) === digest)
      // Away is no failure: it reads all files when it starts.
      if (!answer.ok && answer.why === 'refused')
        log.error({ part, because: ownWords(answer.because) }, 'the proxy rejected a reload')
      else if (answer.ok && !isGood) log.error({ part }, 'the proxy runs another table than the agent wrote')
      onReload(part, isGood)
      if (isGood) return 'Loaded'
      return answer.ok ? 'Other' : answer.why === 'refused' ? 'Refused' : 'Away'
    },
    async epoch() {
      const epoch = Number((await valueIn('route', EPOCH_KEY)) ?? NaN)
      return Number.isSafeInteger(epoch) ? epoch : undefined
    },
    async epochsOf(bots) {
      const found: EdgeRoute[] = []
      // One after the other: the proxy has one process for questions, and others ask, too.
      for (const bot of bots) {
        const answer = await rpc.call('htable.get', 'route', epochKey(bot))
        if (!answer.ok && answer.why === 'away') return undefined
        const epoch = Number(valueOf(answer) ?? NaN)
        if (Number.isSafeInteger(epoch)) found.push({ bot, epoch })
      }
      return found
    },
    async trunks() {
      const [health, busy] = await Promise.all([rowsOf('health'), rowsOf('busy')])
      return {
        trunks: trunkHealth(health),
        choices: trunkChoices(health),
        calls: new Map([...busy].map(([id, calls]) => [id, Math.max(0, Number(calls))])),
      }
    },
    forgetAllBut: (known) => forgetAllBut(rpc, known),
    ended: async () => readEnded(await dumpTable(rpc, ENDED_TABLE)),
    async refusals() {
      return new Map([...(await rowsOf('refused'))].map(([reason, calls]) => [reason, Number(calls)]))
    },
    async connections() {
      const answer = await rpc.call('tls.list')
      return answer.ok ? answer.values.map(readConnection) : undefined
    },
    async close(ids) {
      for (const id of ids) await rpc.call('tls.kill', id)
    },
    async pods() {
      const answer = await rpc.call('dispatcher.list')
      if (!answer.ok) return []
      return readPods(answer.values[0])
    },
  }
}

function valueOf(answer: ProxyAnswer): string | undefined {
  const value = answer.ok ? member(member(answer.values[0], 'item'), 'value') : undefined
  return value === undefined ? undefined : String(value)
}
