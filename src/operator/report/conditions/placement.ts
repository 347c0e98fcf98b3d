import { wordingOf } from '../../../api/conditions.ts'
import { firstUnmet, labelText, requirementsOf } from '../../../rules/placement.ts'
import type { BotFacts, World } from '../../world/callbot.ts'
import { fine, not, type Finding } from './finding.ts'

/** Whether the bot's pods, and those that its calls pass, run where they may; and what the column shows. Undefined: they may run anywhere. */
export function placementMet(
  { settings: { placement }, placed, nodeLabels }: World,
  { spec }: BotFacts,
): { finding: Finding; text: string } | undefined {
  const ofBot = requirementsOf(spec.placement, placement)
  if (ofBot.length === 0) return undefined
  const ofInstallation = requirementsOf(placement)
  const outside = placed.flatMap(({ name, node, labels, isOwn }) => {
    const missing = firstUnmet(isOwn ? ofBot : ofInstallation, [labels])
    return missing === undefined ? [] : [{ pod: name, node, label: labelText(missing) }]
  })
  const [first] = outside
  if (first !== undefined) {
    const more = outside.length === 1 ? '' : `; ${outside.length - 1} more outside`
    const finding = not('PlacementMet', 'PodsOutside', wordingOf('PodsOutside', first) + more)
    return { finding, text: `${outside.length} outside` }
  }
  const unmet = firstUnmet(ofBot, nodeLabels)
  if (unmet === undefined) {
    const fact = 'the pods of the bot and of the installation run on nodes inside of placement'
    return { finding: fine('PlacementMet', fact), text: 'Inside' }
  }
  const values = { label: labelText(unmet), path: 'spec.placement, or placement of the chart' }
  return { finding: not('PlacementMet', 'NoNodeInside', wordingOf('NoNodeInside', values)), text: 'No node' }
}
