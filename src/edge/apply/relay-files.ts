/** What proxy and relay read when they start. Both wait for it: without a public address an edge takes no calls. */
import { dirname, join } from 'node:path'
import { existsSync, readFileSync } from 'node:fs'
import { randomBytes } from 'node:crypto'
import { ownWords } from '../../runtime/log-fields.ts'
import type { Kube } from '../../kube/client.ts'
import { pause, type Clock } from '../../runtime/clock.ts'
import type { Log } from '../../runtime/log.ts'
import type { EdgeConfig } from '../config.ts'
import { readOwnNode } from '../observe/own-node.ts'
import { choosePublicAddress, type PublicAddress } from '../plan/public-address.ts'
import { DEFAULT_EGRESS } from '../../rules/egress.ts'
import type { GuardRules } from '../plan/relay-order.ts'
import { octetsOf, renderGuardRules, type SeenByGuard } from '../render/guard-rules.ts'
import { GUARD_RULES, LOOPBACK, renderPublicAddress, renderRelay } from '../render/relay.ts'
import { replaceFile } from './replace-file.ts'

const RETRY_MS = 5_000

export interface RelayFiles {
  /** Undefined: they are there, or there is to be no relay. Else what is missing, for a person. */
  missing(): string | undefined
  /** Media may go where this allows from now on. */
  follow(seen: SeenByGuard): void
}

/** What stays as it is for as long as proxy, relay and guard run. */
type Fixed = Pick<GuardRules, 'key' | 'own'>

const NOTHING_SEEN: SeenByGuard = { egress: DEFAULT_EGRESS, pods: [], testCallers: [] }

/**
 * Finds the public address and writes the files, as soon as it can; tries again until the signal aborts. An agent that starts again beside
 * a proxy that runs leaves what that has read: a new address counts from the next pod on.
 */
export function writeRelayFiles(o: {
  config: Pick<EdgeConfig, 'relay' | 'podIp' | 'socket'>
  kube: Pick<Kube, 'get'>
  clock: Clock
  log: Log
  signal: AbortSignal
}): RelayFiles {
  const { config, clock, log, signal } = o
  const { relay, podIp } = config
  if (relay === undefined) return { missing: () => undefined, follow: () => {} }
  const folder = dirname(config.socket)
  const paths = {
    relay: join(folder, 'relay.conf'),
    address: join(folder, 'public-address.cfg'),
    rules: join(folder, GUARD_RULES),
  }
  let because: string | undefined = 'the public address is not known yet'
  let seen = NOTHING_SEEN
  let written = ''
  const writeRules = (fixed: Fixed) => {
    const text = renderGuardRules(fixed, { relay, podIp }, seen)
    if (text !== written) replaceFile(paths.rules, (written = text), 0o600)
  }
  let fixed = Object.values(paths).every((path) => existsSync(path)) ? readFixed(paths.rules) : undefined
  const follow = (now: SeenByGuard) => {
    seen = now
    if (fixed !== undefined) writeRules(fixed)
  }
  if (fixed !== undefined) return { missing: () => undefined, follow }
  const write = async () => {
    const found = await find(relay, o.kube)
    if ('because' in found) return found.because
    const key = randomBytes(32).toString('hex')
    writeRules((fixed = { key, own: octetsOf([podIp, found.address, ...relay.nodeAddresses]) }))
    replaceFile(paths.address, renderPublicAddress(found.address, key), 0o600)
    const where = { podIp, publicAddress: found.address, outside: relay.ports, loopback: LOOPBACK }
    replaceFile(paths.relay, renderRelay(where), 0o644)
    return undefined
  }
  const run = async () => {
    while (!signal.aborted) {
      because = await write()
      if (because === undefined) return
      log.error({ because: ownWords(because) }, 'this edge has no public address, so it takes no calls')
      await pause(clock, RETRY_MS, signal)
    }
  }
  void run()
  return { missing: () => because, follow }
}

function readFixed(path: string): Fixed {
  const { key, own } = JSON.parse(readFileSync(path, 'utf8')) as GuardRules
  return { key, own }
}

async function find(relay: NonNullable<EdgeConfig['relay']>, kube: Pick<Kube, 'get'>): Promise<PublicAddress> {
  const { nodeName, addresses } = relay
  if (addresses.has(nodeName)) return choosePublicAddress(nodeName, addresses, undefined)
  try {
    return choosePublicAddress(nodeName, addresses, await readOwnNode(kube, nodeName))
  } catch {
    return {
      because: `node ${nodeName} can not be read now: see that the API server answers and ClusterRole callbot-edge may get nodes`,
    }
  }
}
