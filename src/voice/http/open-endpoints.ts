import type { BotConfiguration } from '../../api/bot-configuration.ts'
import type { Http } from '../../rules/http/request.ts'
import { isInside } from '../../rules/placement.ts'
import type { Clock } from '../../runtime/clock.ts'
import type { Log } from '../../runtime/log.ts'
import type { Egress } from '../../webclient/egress-policy.ts'
import { type EndpointLane, WebEndpoint } from './endpoint.ts'
import { secretsIn } from '../../webclient/mounted-secrets.ts'

/** What endpoints are asked with. */
export interface EndpointTools {
  /** Endpoints elsewhere are neither asked nor probed. Absent: anywhere. */
  regions?: BotConfiguration['regions']
  /** Folder with a folder for each Secret. */
  secretsFolder: string
  /** Where endpoints may be. */
  egress: Egress
  clock: Clock
  random: () => number
  log: Log
}

/** The endpoints of a web service that the bot may use, in their order. Their probes begin. */
export const openEndpoints = (
  integration: string,
  http: Http,
  tools: EndpointTools,
  laneOf?: (role: WebEndpoint['role']) => EndpointLane,
): WebEndpoint[] =>
  usableEndpoints(http, tools).map(
    (endpoint) =>
      new WebEndpoint({
        ...{ integration, endpoint, rule: http, secret: secretsIn(tools.secretsFolder) },
        ...{ egress: tools.egress, clock: tools.clock, random: tools.random, log: tools.log },
        ...(laneOf && { lane: laneOf(endpoint.role) }),
      }),
  )

export const usableEndpoints = ({ endpoints }: Http, { regions }: Pick<EndpointTools, 'regions'>) =>
  endpoints.filter(({ region }) => isInside(regions, region))
