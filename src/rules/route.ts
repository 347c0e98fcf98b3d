import * as read from './published-config.ts'

/** A bot's line in the route table, as the operator publishes it for the edges. */
export interface Route {
  callbot: { namespace: string; name: string; uid: string }
  /** Milliseconds of a hybrid clock (rules/epoch.ts). A smaller one is older, whenever it comes. */
  epoch: number
  /** E.164, with the plus. */
  numbers: string[]
  service: { name: string; port: number; transport: 'TLS' }
  /** Integrations of the bot's namespace through whose trunks its pods may call. */
  integrations: string[]
  /** After so many seconds an answer of the bot is late. Absent: written by an operator that did not publish it yet; none is. */
  answerSeconds?: number
  /** What callers have to come with. Absent: written by an operator that did not publish it yet; pods see to it then. */
  media?: RouteMedia
  /** Absent: written by an operator that did not publish it yet. */
  fallback?: RouteFallback
}

/** Protection of a call on the caller's side (Callbot, spec.media). */
export interface RouteMedia {
  sipTransport: 'TLS' | 'TLSOrTCP' | 'Any'
  srtp: 'Required' | 'Preferred' | 'Disabled'
}

/** The emergency number: who takes a call that the bot can't. */
export interface RouteFallback {
  /** E.164 with the plus, or an extension of the client's telephone system. */
  number: string
  /** Through whose trunks; in the bot's namespace. */
  integration: string
  causes: FallbackCause[]
}

export type FallbackCause = 'NoCapacity' | 'BotFailure' | 'Silence' | 'CallerWish'

const isCause = read.isOneOf<FallbackCause>('NoCapacity', 'BotFailure', 'Silence', 'CallerWish')

const isSeconds = read.isWhole(1, 60)

/** Labels of the ConfigMaps in which the operator publishes routes. */
export const ROUTES_SELECTOR = 'app.kubernetes.io/managed-by=callbot-operator,app.kubernetes.io/component=route'

export const routeKey = ({ callbot }: Pick<Route, 'callbot'>) => `${callbot.namespace}/${callbot.name}`

/** The name that the certificates of the bot's pods prove. */
export const serviceName = ({ callbot, service }: Pick<Route, 'callbot' | 'service'>) =>
  `${service.name}.${callbot.namespace}.svc`

/**
 * Reads a published route. An emergency number, an integration or an objective that can't be read is left out, and the route stays:
 * calls still reach the bot.
 * @returns undefined when the text is not a route that an edge can carry
 */
export const parseRoute = (text: string): Route | undefined => read.readPublished(text, readRoute)

function readRoute({ callbot, epoch, numbers, service, integrations, ...rest }: read.Members): Route {
  const { namespace, name, uid } = read.membersOf(callbot)
  const { name: serviceName, port, transport } = read.membersOf(service)
  return {
    callbot: {
      namespace: read.must(read.isName, namespace),
      name: read.must(read.isName, name),
      uid: read.must(read.isUid, uid),
    },
    epoch: read.must(read.isEpoch, epoch),
    numbers: read.listOf(numbers, (number) => read.must(read.isNumber, number)),
    service: {
      name: read.must(read.isName, serviceName),
      port: read.must(read.isPort, port),
      transport: read.must(read.isOneOf('TLS'), transport),
    },
    integrations: Array.isArray(integrations) ? integrations.filter(read.isName) : [],
    ...(isSeconds(rest['answerSeconds']) && { answerSeconds: rest['answerSeconds'] }),
    ...read.may('media', rest['media'], readMedia),
    ...readFallback(rest['fallback']),
  }
}

function readMedia(value: unknown): RouteMedia {
  const { sipTransport, srtp } = read.membersOf(value)
  return {
    sipTransport: read.must(read.isOneOf('TLS', 'TLSOrTCP', 'Any'), sipTransport),
    srtp: read.must(read.isOneOf('Required', 'Preferred', 'Disabled'), srtp),
  }
}

function readFallback(value: unknown): { fallback?: RouteFallback } {
  const { number, integration, causes } = read.membersOf(value)
  if (!read.isDialable(number) || !read.isName(integration) || !Array.isArray(causes)) return {}
  return { fallback: { number, integration, causes: causes.filter(isCause) } }
}
