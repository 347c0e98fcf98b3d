import { systemClock } from '../../src/runtime/system-clock.ts'
import { httpSchema } from '../../src/api/integration-http.ts'
import type { z } from 'zod'
import type { Http, Operation } from '../../src/rules/http/request.ts'
import { createEgress } from '../../src/webclient/egress-policy.ts'
import { type Reach, reachFrom } from '../../src/wire/sdp/address-policy.ts'
import { openOperations, type Operations } from '../../src/voice/http/operations.ts'
import type { WebService } from './web-service.ts'

type HttpInput = z.input<typeof httpSchema>
type OperationInput = NonNullable<HttpInput['operations']>[number]

/** An operation as an Integration declares it, defaults filled in. */
export const anOperation = (change: Partial<OperationInput> = {}): Operation =>
  aWebService({ operations: [{ name: 'ask', method: 'POST', path: '/', ...change }] }).operations[0]!

/** The http of an Integration, defaults filled in. */
export const aWebService = (change: Partial<HttpInput> = {}): Http =>
  httpSchema.parse({ endpoints: [{ name: 'paris', role: 'Primary', url: 'https://paris.test' }], ...change })

interface Stage {
  readonly operations: Operations
  /** Every try, as `endpoint result`. */
  readonly tries: string[]
  /** All that was logged. */
  readonly lines: string[]
  close(): Promise<void>
}

/** Operations of one Integration, `cabinet`, against those web services: the first is the primary, `paris`, then `lyon` and `lille`. */
export function openStage(
  services: readonly Pick<WebService, 'url'>[],
  o: {
    /** Where the pod may send to. Default: loopback too. */
    reach?: Reach
    http?: Partial<HttpInput>
    endpoint?: Partial<HttpInput['endpoints'][number]>
    /** Where the endpoints are, in their order. */
    inRegions?: readonly (string | undefined)[]
    /** Where the bot may send to. */
    regions?: string[]
    secretsFolder?: string
  } = {},
): Stage {
  const endpoints = services.map(({ url }, at) => ({
    name: ['paris', 'lyon', 'lille'][at]!,
    role: at === 0 ? ('Primary' as const) : ('Backup' as const),
    url,
    transport: url.startsWith('https:') ? ('TLS' as const) : ('Plain' as const),
    ...(o.inRegions?.[at] !== undefined && { region: o.inRegions[at] }),
    ...o.endpoint,
  }))
  const http = aWebService({ probe: { path: '/health', intervalSeconds: 300 }, ...o.http, endpoints })
  const tries: string[] = []
  const lines: string[] = []
  const line = (fields: object, message: string) => void lines.push(JSON.stringify({ ...fields, message }))
  const operations = openOperations({
    integrations: [{ name: 'cabinet', http }],
    ...(o.regions && { regions: o.regions }),
    secretsFolder: o.secretsFolder ?? '/nowhere',
    egress: createEgress(o.reach ?? reachFrom('127.0.0.1')),
    clock: systemClock,
    random: () => 0.5,
    log: { debug: line, info: line, warn: line, error: line },
    watch: { attempted: ({ endpoint, result }) => void tries.push(`${endpoint} ${result}`), ended: () => undefined },
  })
  return { operations, tries, lines, close: () => operations.close() }
}
