/** What proxy and relay read when they start. Both wait for it: without a public address an edge takes no calls. */
import { dirname, join } from 'node:path'
import { existsSync } from 'node:fs'
import { ownWords } from '../../runtime/log-fields.ts'
import type { Kube } from '../../kube/client.ts'
import { pause, type Clock } from '../../runtime/clock.ts'
import type { Log } from '../../runtime/log.ts'
import type { EdgeConfig } from '../config.ts'
import { readOwnNode } from '../observe/own-node.ts'
import { choosePublicAddress, type PublicAddress } from '../plan/public-address.ts'
import { LOOPBACK, renderPublicAddress, renderRelay } from '../render/relay.ts'
import { replaceFile } from './replace-file.ts'

const RETRY_MS = 5_000

export interface RelayFiles {
  /** Undefined: they are there, or there is to be no relay. Else what is missing, for a person. */
  missing(): string | undefined
}

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
  if (relay === undefined) return { missing: () => undefined }
  const folder = dirname(config.socket)
  const [relayFile, addressFile] = [join(folder, 'relay.conf'), join(folder, 'public-address.cfg')]
  let because: string | undefined = 'the public address is not known yet'
  if (existsSync(relayFile) && existsSync(addressFile)) return { missing: () => undefined }
  const write = async () => {
    const found = await find(relay, o.kube)
    if ('because' in found) return found.because
    const outside = relay.ports
    replaceFile(addressFile, renderPublicAddress(found.address), 0o644)
    replaceFile(relayFile, renderRelay({ podIp, publicAddress: found.address, outside, loopback: LOOPBACK }), 0o644)
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
  return { missing: () => because }
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
