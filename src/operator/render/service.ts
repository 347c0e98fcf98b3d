import type { Service } from 'kubernetes-types/core/v1.d.ts'
import type { BotFacts } from '../world/callbot.ts'
import { childMetadata, type Manifest, SIPS_PORT } from './manifest.ts'
import { BOT_LABEL } from '../world/labels.ts'

/** Headless: edges read its EndpointSlices and choose a pod themselves, by zone and by health. */
export function renderService(bot: BotFacts): Manifest & Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: childMetadata(bot),
    spec: {
      type: 'ClusterIP',
      clusterIP: 'None',
      selector: { [BOT_LABEL]: bot.name },
      ports: [{ name: 'sips', port: SIPS_PORT, protocol: 'TCP', targetPort: 'sips' }],
    },
  }
}
