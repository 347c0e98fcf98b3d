import { wordingOf } from '../../../api/conditions.ts'
import type { BotFacts, World } from '../../world/callbot.ts'
import { earlier, fine, not, type Finding } from './finding.ts'

/** Whether callers in trouble would reach a person. Undefined where no edge could call one. */
export function fallbackReachable(world: World, bot: BotFacts): Finding | undefined {
  const type = 'FallbackReachable'
  const integration = bot.spec.fallback.integrationRef.name
  switch (world.emergency) {
    case 'NoEdges':
      return undefined
    case 'NoTrunks': {
      const isMissing = world.missingIntegrations.includes(integration)
      const because = isMissing ? 'the Integration does not exist' : 'the Integration has no trunks'
      return not(type, 'FallbackMissing', wordingOf('FallbackMissing', { integration, because }))
    }
    case 'None':
      return not(type, 'FallbackUnreachable', wordingOf('FallbackUnreachable', { integration }))
    case 'Unasked':
      // A starting operator has yet to ask: that is no news.
      return earlier(bot, type) ?? unknown()
    case 'Unknown':
      return unknown()
    case 'Primary':
    case 'Backup':
      return fine(type, `the emergency number can be called through Integration ${integration}`)
  }
}

const unknown = (): Finding => ({
  type: 'FallbackReachable',
  status: 'Unknown',
  reason: 'RouteUnknown',
  message: wordingOf('RouteUnknown', { observers: 'edge', side: 'the emergency number' }),
})

const TEXTS = { True: 'Ready', False: 'Unreachable', Unknown: 'Unknown' } as const

/** For the column FALLBACK. */
export function emergencyText(world: World, bot: BotFacts): string {
  if (world.missingIntegrations.includes(bot.spec.fallback.integrationRef.name)) return 'Missing'
  const finding = fallbackReachable(world, bot)
  if (finding === undefined) return 'Declared'
  return finding.reason === 'FallbackMissing' ? 'Missing' : TEXTS[finding.status]
}
