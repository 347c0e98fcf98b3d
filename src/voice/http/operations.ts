import { named, ownWords } from '../../runtime/log-fields.ts'
import { randomUUID } from 'node:crypto'
import type { BotConfiguration } from '../../api/bot-configuration.ts'
import type { Clock } from '../../runtime/clock.ts'
import type { Log } from '../../runtime/log.ts'
import { FAILED, type OperationEnd } from '../../rules/http/response.ts'
import { isInside } from '../../rules/placement.ts'
import { requestOf } from '../../rules/http/request.ts'
import type { Egress } from '../pod/egress-policy.ts'
import type { Wait } from '../../conversation/types.ts'
import { type EndpointView, WebEndpoint } from './endpoint.ts'
import { secretsIn } from './mounted-secrets.ts'
import { askService, type Tried } from './endpoint-failover.ts'

/** What a step of a dialog asks for. */
type Asked = Pick<Extract<Wait, { type: 'CallOperation' }>, 'integration' | 'operation' | 'input'>

/** What happened, told to the metrics. */
export interface OperationsObserver {
  attempted(seen: { readonly integration: string } & Parameters<Tried>[0]): void
  ended(integration: string, isFailed: boolean): void
}

/** The web services of a bot's clients. */
export interface Operations {
  /** Asks the primary, then the backups. Failed when no endpoint answers usably. @throws the signal's reason, and nothing else */
  call(asked: Asked, signal: AbortSignal): Promise<OperationEnd>
  view(): readonly EndpointView[]
  close(): Promise<void>
}

export function openOperations(o: {
  integrations: BotConfiguration['integrations']
  /** Endpoints elsewhere are neither asked nor probed. Absent: anywhere. */
  regions?: BotConfiguration['regions']
  /** Folder with a folder for each Secret. */
  secretsFolder: string
  /** Where endpoints may be. */
  egress: Egress
  clock: Clock
  random: () => number
  log: Log
  watch: OperationsObserver
}): Operations {
  const { log, watch } = o
  const secret = secretsIn(o.secretsFolder)
  const services = new Map(
    o.integrations.flatMap(({ name: integration, http }) => {
      if (http === undefined) return []
      const endpoints = http.endpoints
        .filter(({ region }) => isInside(o.regions, region))
        .map((endpoint) => new WebEndpoint({ ...o, integration, endpoint, rule: http, secret }))
      return [[integration, { endpoints, operations: http.operations }] as const]
    }),
  )
  const all = () => [...services.values()].flatMap(({ endpoints }) => endpoints)

  async function ask({ integration, operation: name, input }: Asked, signal: AbortSignal): Promise<OperationEnd> {
    const service = services.get(integration)
    const operation = service?.operations.find((each) => each.name === name)
    if (service === undefined || operation === undefined) {
      log.warn(
        { integration: named(integration), operation: named(name) },
        'a conversation flow names an operation that no Integration has',
      )
      return FAILED
    }
    const request = requestOf(operation, input, randomUUID())
    if ('refusal' in request) {
      const because = ownWords(request.refusal)
      log.warn(
        { integration: named(integration), operation: named(name), because },
        'an operation could not be requested',
      )
      return FAILED
    }
    const tried: Tried = (seen) => watch.attempted({ integration, ...seen })
    return askService({ ...o, ...service, operation, request, tried, signal })
  }

  return {
    async call(asked, signal) {
      const end = await ask(asked, signal)
      watch.ended(asked.integration, end.outcome === FAILED.outcome)
      return end
    },
    view: () => all().map(({ view }) => view),
    close: async () => void (await Promise.all(all().map((endpoint) => endpoint.close()))),
  }
}
