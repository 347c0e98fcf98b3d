import { pino } from 'pino'
import { dirname, join } from 'node:path'
import { ownWords } from '../../runtime/log-fields.ts'
import { startHealthServer } from '../../runtime/health-server.ts'
import { endOnSignal } from '../../runtime/shutdown.ts'
import { systemClock } from '../../runtime/system-clock.ts'
import { listenRelayOrders } from '../../telephony/relay-orders.ts'
import { createRelayRpc } from '../../telephony/relay-rpc.ts'
import { CONTROL_PORT, GUARD_PORT, GUARD_RULES, LOOPBACK } from '../render/relay.ts'
import { createGuard } from './guard.ts'
import { followRules } from './rules-file.ts'

/** Less than the proxy waits (kamailio.cfg, rtpengine_tout_ms). */
const RELAY_TIMEOUT_MS = 350

/** Stands between the proxy and the media relay until it is stopped: nothing else gives the relay orders for calls. */
export async function run(env: NodeJS.ProcessEnv): Promise<void> {
  const log = pino({
    level: env['CALLBOT_LOG_LEVEL'] ?? 'info',
    base: { program: 'media-guard', pod: env['POD_NAME'] },
  })
  const folder = dirname(env['CALLBOT_EDGE_SOCKET'] ?? '/run/callbot-edge/ctl.sock')
  const address = env['CALLBOT_LOOPBACK'] ?? LOOPBACK
  const stopping = new AbortController()
  const relay = createRelayRpc({ address, port: CONTROL_PORT, clock: systemClock, timeoutMs: RELAY_TIMEOUT_MS })
  const rules = followRules(join(folder, GUARD_RULES), systemClock, stopping.signal)
  const health = await startHealthServer({
    port: Number(env['CALLBOT_GUARD_HEALTH_PORT'] ?? 8082),
    live: {},
    ready: { rules: () => (rules() === undefined ? 'the agent has not written the rules yet' : undefined) },
  })
  const answer = createGuard({
    rules,
    relay,
    onRefused: (because) => log.debug({ because: ownWords(because) }, 'a session description is refused'),
  })
  const orders = await listenRelayOrders({ address, port: GUARD_PORT, answer })
  log.info('takes the orders of the proxy')
  endOnSignal({
    log,
    steps: [
      {
        name: 'close the sockets',
        run: async () => {
          stopping.abort()
          orders.close()
          relay.close()
          await health.close()
        },
      },
    ],
  })
}
