import { stringify } from 'yaml'
import { spreadOverZones } from '../../rules/scaling/zone-spread.ts'
import { heldReplicas } from '../judge/replicas.ts'
import { referencesResolved } from '../report/conditions/callbot.ts'
import { fallbackReachable } from '../report/conditions/emergency-number.ts'
import { routesPublished } from '../report/conditions/routes.ts'
import type { Manifest } from '../render/manifest.ts'
import type { Plan, Step } from '../steps/callbot.ts'
import type { World } from '../world/callbot.ts'

/** The steps as a table with their reasons, then what the bot would wait for. */
export function asTable(world: World, plan: Plan): string {
  const bot = world.bot!
  const wanted = bot.spec.zones.length > 0 ? bot.spec.zones : world.zones.map((zone) => zone.name)
  const spread = [...spreadOverZones(heldReplicas(world, bot), wanted)]
  const rows = plan.steps.map((step) => [step.do, objectOf(step), step.because] as const)
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]!.length)))
  const table = rows.map(
    ([what, object, because]) => `  ${what.padEnd(widths[0]!)}  ${object.padEnd(widths[1]!)}  ${because}`,
  )
  return [
    `Callbot ${world.namespace}/${world.name}: ${spread.map(([zone, pods]) => `${pods} in ${zone}`).join(', ')}`,
    ...table,
    ...openPoints(world),
    '',
  ].join('\n')
}

function openPoints(world: World): string[] {
  const bot = world.bot!
  const outcome = { routeEpoch: world.now, failures: [] }
  return [referencesResolved(world, bot), routesPublished(world, bot, outcome), fallbackReachable(world, bot)]
    .filter((finding) => finding !== undefined)
    .filter((finding) => finding.status !== 'True')
    .map((finding) => `  not Ready until this is fixed: ${finding.message}`)
}

function objectOf(step: Step): string {
  switch (step.do) {
    case 'apply':
    case 'scaleDown':
    case 'publishRoute':
      return `${step.manifest.kind} ${step.manifest.metadata.namespace}/${step.manifest.metadata.name}`
    case 'issueCertificate':
      return `Secret ${step.secretName}`
    case 'markPodsForRemoval':
    case 'unmarkPods':
      return step.pods.map(({ name }) => `Pod ${name}`).join(', ')
    case 'withdrawRoute':
    case 'writeConfiguration':
    case 'removeConfiguration':
      return `ConfigMap ${step.name}`
  }
}

/** Every manifest of a plan, as kubectl would take it. Secrets are left out: their keys are made when they are needed. */
export function asYaml(plan: Plan, configuration: Manifest): string {
  return plan.steps
    .flatMap((step): [Manifest, string][] => {
      if (step.do === 'writeConfiguration') return [[configuration, step.because]]
      return 'manifest' in step ? [[step.manifest, step.because]] : []
    })
    .map(([manifest, because]) => `# ${because}\n${stringify(manifest, { lineWidth: 0 })}`)
    .map((document) => `---\n${document}`)
    .join('')
}
