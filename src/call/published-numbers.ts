import { connect } from '../kube/connect.ts'
import { resources } from '../kube/resources.ts'
import { parseRoute, routeKey, ROUTES_SELECTOR, type Route } from '../rules/route.ts'

/**
 * The first number of the first bot, in the order of their names, that the operator has published to the edges of a namespace.
 * @returns undefined when there is none
 * @throws ApiError when the API server does not show them
 */
export async function firstPublishedNumber(namespace: string, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const { kube, close } = await connect(env, 'callbot-call')
  try {
    const routes: Route[] = []
    for await (const { data } of kube.list(resources.configMaps, { namespace, labelSelector: ROUTES_SELECTOR })) {
      const route = parseRoute((data as { route?: string } | undefined)?.route ?? '')
      if (route !== undefined && route.numbers.length > 0) routes.push(route)
    }
    const [first] = routes.sort((one, other) => (routeKey(one) < routeKey(other) ? -1 : 1))
    return first?.numbers[0]
  } finally {
    await close()
  }
}
