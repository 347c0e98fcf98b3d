import type { BotIntegration } from '../../api/bot-configuration.ts'
import type { IntegrationSpec } from '../../api/integration.ts'
import { fingerprint } from '../../lib/canonical.ts'
import type { IntegrationConfigurationFacts } from '../world/integration.ts'
import type { ConfigurationFacts, MountedSecret } from '../world/callbot.ts'

/**
 * What pods receive of an Integration. Where its trunks lie is the edges' business: one that comes, goes or moves replaces no
 * pod, unless the trunks have other needs of encryption by then.
 */
export function integrationConfiguration(name: string, spec: IntegrationSpec | undefined): BotIntegration {
  const { sip, http } = spec ?? {}
  return { name, ...(sip && { sip: trunkConfiguration(sip) }), ...(http && { http: serviceConfiguration(http) }) }
}

/** The order of a test request names its operation: another one replaces no pod. */
function serviceConfiguration(http: NonNullable<IntegrationSpec['http']>) {
  const { testOperation, ...rest } = http
  return testOperation === undefined ? http : rest
}

function trunkConfiguration({
  trunks,
  transferMethods,
  handOver,
  callerNumber,
  userAgent,
}: NonNullable<IntegrationSpec['sip']>) {
  const media = [...new Set(trunks.map(({ srtp }) => srtp))].sort()
  return { media, transferMethods, handOver, callerNumber, ...(userAgent !== undefined && { userAgent }) }
}

/** What of it the operator has to know. */
export function integrationConfigurationFacts(spec: IntegrationSpec): IntegrationConfigurationFacts {
  const endpoints = spec.http?.endpoints ?? []
  const secrets = endpoints.flatMap(({ auth, tls }) => [auth.secretRef, tls?.identitySecretRef, tls?.caSecretRef])
  const urls = endpoints.flatMap(({ url, auth }) => [url, ...(auth.tokenURL === undefined ? [] : [auth.tokenURL])])
  return {
    digest: fingerprint(integrationConfiguration('', spec)),
    secrets: distinct(secrets.flatMap((ref) => (ref === undefined ? [] : [ref.name]))).sort(),
    ports: distinct(urls.map(portOf)).sort((a, b) => a - b),
    sip: integrationConfiguration('', spec).sip,
    hasHttp: spec.http !== undefined,
  }
}

/** The TCP port that an http or https address means. */
export function portOf(url: string): number {
  const { port, protocol } = new URL(url)
  return port === '' ? (protocol === 'http:' ? 80 : 443) : Number(port)
}

const distinct = <T>(items: readonly T[]): T[] => [...new Set(items)]

/** A bot's configuration with what the Integrations add that it names, by name. One that is not there adds nothing. */
export function withIntegrations(
  { secrets, providerPorts, ...rest }: ConfigurationFacts,
  bound: ReadonlyMap<string, IntegrationConfigurationFacts>,
): ConfigurationFacts {
  if (bound.size === 0) return { secrets, providerPorts, ...rest }
  const facts = [...bound.values()]
  const whole = new Set(facts.flatMap((each) => each.secrets))
  const others = secrets.filter(({ name }) => !whole.has(name))
  return {
    ...rest,
    secrets: [...others, ...[...whole].map((name): MountedSecret => ({ name, keys: 'all' }))].sort(byName),
    providerPorts: distinct([...providerPorts, ...facts.flatMap(({ ports }) => ports)]).sort((a, b) => a - b),
    integrations: fingerprint([...bound].map(([name, { digest }]) => [name, digest]).sort()),
  }
}

const byName = (a: MountedSecret, b: MountedSecret) => (a.name < b.name ? -1 : 1)
