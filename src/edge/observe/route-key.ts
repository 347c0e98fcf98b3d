import { ownWords } from '../../runtime/log-fields.ts'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pause, type Clock } from '../../runtime/clock.ts'
import type { Log } from '../../runtime/log.ts'
import { isRouteKey, ROUTE_KEY } from '../../rules/route-key.ts'

const EVERY_MS = 500

/**
 * The key with which each edge signs the routes of its calls: all have the same, so that one serves a call when another is gone. 64 hexadecimal
 * digits, which the operator writes beside the certificate. Waits for it: an operator of an earlier version wrote none.
 * @param folder where that Secret is mounted
 */
export async function commonRouteKey(folder: string, { clock, log }: { clock: Clock; log: Log }): Promise<string> {
  for (let isFirst = true; ; isFirst = false) {
    const text = await readFile(join(folder, ROUTE_KEY), 'utf8').catch(() => '')
    if (isRouteKey(text)) return text
    if (isFirst)
      log.info({ secret: ownWords('callbot-edge-tls') }, 'the Secret has no route.key yet: the operator writes it')
    await pause(clock, EVERY_MS)
  }
}
