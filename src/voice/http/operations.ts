import { named, ownWords } from '../../runtime/log-fields.ts'
import { randomUUID } from 'node:crypto'
import type { BotConfiguration } from '../../api/bot-configuration.ts'
import { FAILED, type OperationEnd } from '../../rules/http/response.ts'
import { requestOf } from '../../rules/http/request.ts'
import type { Wait } from '../../conversation/types.ts'
import type { EndpointView } from './endpoint.ts'
import { askService, type Tried } from './endpoint-failover.ts'
import { type EndpointTools, openEndpoints } from './open-endpoints.ts'

/** What a step of a dialog asks for. */
type Asked = Pick<Extract<Wait, { type: 'RequestOperation' }>, 'integration' | 'operation' | 'input'>

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

export function openOperations(
  o: EndpointTools & { integrations: BotConfiguration['integrations']; watch: OperationsObserver },
): Operations {
  const { log, watch } = o
  const services = new Map(
    o.integrations.flatMap(({ name, http }) =>
      http === undefined ? [] : [[name, { endpoints: openEndpoints(name, http, o), operations: http.operations }]],
    ),
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
