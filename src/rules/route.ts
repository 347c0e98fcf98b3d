/** A bot's line in the route table, as the operator publishes it for the edges. */
export interface Route {
  callbot: { namespace: string; name: string; uid: string }
  /** Milliseconds of a hybrid clock (rules/epoch.ts). A smaller one is older, whenever it comes. */
  epoch: number
  /** E.164, with the plus. */
  numbers: string[]
  service: { name: string; port: number; transport: 'TLS' }
}

export const routeKey = ({ callbot }: Pick<Route, 'callbot'>) => `${callbot.namespace}/${callbot.name}`

/** The name that the certificates of the bot's pods prove. */
export const serviceName = ({ callbot, service }: Pick<Route, 'callbot' | 'service'>) =>
  `${service.name}.${callbot.namespace}.svc`

const DNS_LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/

/**
 * Reads a published route. What an edge's tables can't carry is no route: a name or a number is written into them as it is.
 * @returns undefined when the text is not a route
 */
export function parseRoute(text: string): Route | undefined {
  const { callbot, epoch, numbers, service } = (parsed(text) ?? {}) as Partial<Route>
  if (!isName(callbot?.namespace) || !isName(callbot.name) || typeof callbot.uid !== 'string') return undefined
  if (!isName(service?.name) || service.transport !== 'TLS' || !isPort(service.port)) return undefined
  if (!Number.isSafeInteger(epoch) || epoch! < 0) return undefined
  if (!Array.isArray(numbers) || !numbers.every((number) => /^[+][1-9][0-9]{1,14}$/.test(number))) return undefined
  return {
    callbot: { namespace: callbot.namespace, name: callbot.name, uid: callbot.uid },
    epoch: epoch!,
    numbers,
    service: { name: service.name, port: service.port, transport: 'TLS' },
  }
}

const isName = (value: unknown): value is string => typeof value === 'string' && DNS_LABEL.test(value)
const isPort = (value: unknown) => Number.isInteger(value) && (value as number) > 0 && (value as number) < 65_536

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
