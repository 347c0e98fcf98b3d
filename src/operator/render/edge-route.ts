import type { ConfigMap } from 'kubernetes-types/core/v1.d.ts'
import { canonicalJson } from '../../lib/canonical.ts'
import type { Route } from '../../rules/route.ts'
import type { BotFacts, Settings } from '../world/callbot.ts'
import { childLabels, type Manifest, SIPS_PORT } from './manifest.ts'

export const routeName = (namespace: string, bot: string) => `route.${namespace}.${bot}`

/**
 * The bot's line in the edges' route table. It names the Service, not the pods: edges follow the pods themselves, so
 * a pod that comes or goes needs no operator. An edge refuses a route whose epoch is below the one that it holds.
 */
export function renderRoute(
  bot: BotFacts,
  settings: Settings,
  numbers: readonly string[],
  epoch: number,
): Manifest & ConfigMap {
  const { number, integrationRef, causes } = bot.spec.fallback
  const { sipTransport, srtp } = bot.spec.media
  const route: Route & { zones: string[] } = {
    callbot: { namespace: bot.namespace, name: bot.name, uid: bot.uid },
    epoch,
    numbers: [...numbers].sort(),
    service: { name: bot.name, port: SIPS_PORT, transport: 'TLS' },
    zones: [...(bot.spec.zones ?? [])].sort(),
    integrations: bot.spec.integrationRefs.map(({ name }) => name).sort(),
    // Absent while the API server still has the CRD of a version without objectives.
    ...(bot.spec.slo && { answerSeconds: bot.spec.slo.answerSeconds }),
    media: { sipTransport, srtp },
    fallback: { number, integration: integrationRef.name, causes: [...causes].sort() },
  }
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: routeName(bot.namespace, bot.name),
      namespace: settings.operatorNamespace,
      labels: childLabels(bot.name, 'route'),
      annotations: {
        'callbots.dev/namespace': bot.namespace,
        'callbots.dev/callbot-uid': bot.uid,
        'callbots.dev/epoch': String(epoch),
      },
    },
    data: { route: canonicalJson(route) },
  }
}
