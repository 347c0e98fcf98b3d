/** What a contestant made of a Callbot, in a form in which two contestants' can be laid side by side. */
import type { Client } from './client.ts'
import { API, OPERATOR_NAMESPACE } from './objects.ts'

/** What is written for a Callbot, by part. */
export type Work = Record<string, unknown>

type Named = { namespace: string; name: string }
type Made = { kind: string; metadata: { labels?: object; annotations?: object }; status?: Status } & Record<
  'spec' | 'type' | 'immutable' | 'data',
  unknown
>
type Status = { configuration?: { name: string }; conditions?: { type: string }[] }

/** Moments, what is drawn by lot or counted by the clock, and the wording of messages: each contestant has its own. */
const OWN = new Set(
  (
    'message uid epoch routeEpoch testsAt madeAt lastTransitionTime serial issuer bundle notBefore notAfter ' +
    'callbots.dev/callbot-uid callbots.dev/epoch tls.crt tls.key ca.crt'
  ).split(' '),
)

/** @throws when its status names no configuration */
export async function childPaths(client: Client, { namespace, name }: Named): Promise<string[]> {
  const { status } = (await client.send('GET', botPath({ namespace, name }))) as Made
  if (status?.configuration === undefined) throw new Error('its status names no configuration')
  return [
    `/apis/apps/v1/namespaces/${namespace}/deployments/${name}`,
    `/api/v1/namespaces/${namespace}/services/${name}`,
    `/apis/policy/v1/namespaces/${namespace}/poddisruptionbudgets/${name}`,
    `/apis/networking.k8s.io/v1/namespaces/${namespace}/networkpolicies/${name}`,
    `/api/v1/namespaces/${namespace}/secrets/${name}-sip-tls`,
    `/api/v1/namespaces/${namespace}/configmaps/${status.configuration.name}`,
  ]
}

export const botPath = ({ namespace, name }: Named) => `${API}/namespaces/${namespace}/callbots/${name}`

export const routePath = ({ namespace, name }: Named) =>
  `/api/v1/namespaces/${OPERATOR_NAMESPACE}/configmaps/route.${namespace}.${name}`

/** The children, the route and the status of one Callbot. */
export async function describeWork(client: Client, bot: Named): Promise<Work> {
  const get = (path: string) => client.send('GET', path) as Promise<Made>
  const children = await Promise.all((await childPaths(client, bot)).map(get))
  const [route, { status }] = await Promise.all([get(routePath(bot)), get(botPath(bot))])
  return {
    ...Object.fromEntries(children.map((child) => [child.kind, comparable(partsOf(child))])),
    route: comparable(partsOf(route)),
    status: comparable({ ...status, conditions: byType(status?.conditions ?? []) }),
  }
}

const partsOf = ({ metadata: { labels, annotations }, spec, type, immutable, data }: Made) => ({
  ...{ labels, annotations, spec, type, immutable, data },
})

/** In which order conditions stand says nothing. */
const byType = (conditions: readonly { type: string }[]) =>
  Object.fromEntries(conditions.map(({ type, ...rest }) => [type, rest]))

/** The same with JSON in texts unfolded, and of what everyone has of its own only the type. Pure. */
export function comparable(value: unknown, key = ''): unknown {
  if (OWN.has(key)) return typeof value
  if (typeof value === 'string' && value.startsWith('{')) return comparable(JSON.parse(value))
  if (Array.isArray(value)) return value.map((item) => comparable(item))
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, comparable(member, name)]))
}

/** The fields in which two values differ, as paths. Pure. */
export function differences(a: unknown, b: unknown, path = ''): string[] {
  if (a === null || b === null || typeof a !== 'object' || typeof b !== 'object') return a === b ? [] : [path]
  const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>]
  const keys = [...new Set([...Object.keys(left), ...Object.keys(right)])].sort()
  return keys.flatMap((key) => differences(left[key], right[key], path === '' ? key : `${path}.${key}`))
}
