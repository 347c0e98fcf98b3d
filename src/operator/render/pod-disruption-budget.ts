import type { PodDisruptionBudget } from 'kubernetes-types/policy/v1.d.ts'
import type { BotFacts } from '../world/callbot.ts'
import { childMetadata, type Manifest } from './manifest.ts'
import { BOT_LABEL } from '../world/labels.ts'

/** Evictions take one pod at a time, and never wait for a pod that answers no call anyway (KEP-3017). */
export function renderPodDisruptionBudget(bot: BotFacts): Manifest & PodDisruptionBudget {
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: childMetadata(bot),
    spec: {
      maxUnavailable: 1,
      unhealthyPodEvictionPolicy: 'AlwaysAllow',
      selector: { matchLabels: { [BOT_LABEL]: bot.name } },
    },
  }
}
