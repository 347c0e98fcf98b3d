import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse, stringify } from 'yaml'
import type { IntegrationWorld } from '../../../src/operator/world/integration.ts'
import { renderTrunks } from '../../../src/operator/render/edge-trunks.ts'
import type { PartState } from '../../../src/rules/part-state.ts'
import type { DeclaredPart, ObservedRoute } from '../../../src/rules/route-status.ts'
import { anIntegration, anIntegrationSpec, anIntegrationWorld, integrationCycle, seen } from '../../harness/integration-worlds.ts'
import { expectGolden } from '../../harness/golden.ts'

/** A case as `given.yaml` tells it. */
interface Given {
  /** As a user would apply it. */
  spec: object
  failbackTo?: string
  /** What all observers say. */
  seen: { sip?: Record<string, PartState>; http?: Record<string, PartState>; because?: Record<string, string> }
}

const here = import.meta.dirname
const cases = readdirSync(here).filter((name) => existsSync(join(here, name, 'given.yaml')))

function routeOf(parts: readonly DeclaredPart[], states: Record<string, PartState> = {}, because = {}): ObservedRoute {
  const route = seen(parts, ...parts.map(({ name }) => states[name] ?? 'Unknown'))
  const causes = because as Record<string, string>
  return { ...route, parts: route.parts.map((part) => ({ ...part, because: causes[part.name] })) }
}

function worldOf({ spec, failbackTo, seen: { sip, http, because } }: Given): IntegrationWorld {
  const integration = anIntegration(anIntegrationSpec(spec), { failbackTo })
  return anIntegrationWorld({
    integration,
    sip: routeOf(integration.trunks!.trunks, sip, because),
    http: routeOf(integration.endpoints, http),
  })
}

describe('the operator publishes and reports of an Integration exactly what is on file', () => {
  for (const name of cases) {
    it(name, () => {
      const { world, step, status } = integrationCycle(worldOf(parse(readFileSync(join(here, name, 'given.yaml'), 'utf8')) as Given))
      const { integration, settings } = world
      if (step?.do !== 'publishTrunks') throw new Error('nothing is published')
      const published = renderTrunks(integration!, integration!.trunks!, settings.operatorNamespace, { epoch: step.epoch, since: {}, held: {} })
      const data = published['data'] as { trunks: string }
      const readable = { ...published, data: { trunks: JSON.parse(data.trunks) as object } }
      expectGolden(join(here, name, 'trunks.yaml'), stringify(readable, { lineWidth: 0 }))
      expectGolden(join(here, name, 'status.yaml'), stringify(status, { lineWidth: 0, aliasDuplicateObjects: false }))
    })
  }
})
