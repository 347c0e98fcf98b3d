import type { Callbot } from '../../api/callbot.ts'
import type { Integration } from '../../api/integration.ts'
import { INTEGRATIONS, RETENTION_POLICIES } from '../../api/kinds.ts'
import type { Problem } from '../../api/parse.ts'
import type { RetentionPolicy } from '../../api/retention-policy.ts'
import type { Kube } from '../../kube/client.ts'
import type { Raw } from '../../kube/raw-object.ts'
import type { Resource } from '../../kube/resources.ts'
import type { FlowContext } from '../../rules/flow/check.ts'

/** What the reviewers read from the API server: the right to list is enough. */
export type Reader = Pick<Kube, 'list'>

/** The objects that a bot names, as they are now. */
export interface Named {
  readonly facts: Omit<FlowContext, 'path'>
  /** What isn't there, or doesn't fit, is worth a warning and no refusal: it may come later. */
  readonly missing: Problem[]
}

/** @param regions those of the installation */
export async function factsAbout(
  kube: Reader,
  namespace: string,
  spec: Callbot['spec'],
  regions: readonly string[] = [],
): Promise<Named> {
  const names = spec.integrationRefs.map(({ name }) => name)
  const policyName = spec.retentionPolicyRef?.name
  const [policy, ...integrations] = await Promise.all([
    policyName === undefined ? undefined : one<RetentionPolicy>(kube, RETENTION_POLICIES, namespace, policyName),
    ...names.map((name) => one<Integration>(kube, INTEGRATIONS, namespace, name)),
  ])
  const known = new Map(names.map((name, index) => [name, integrations[index]?.spec]))
  return {
    facts: {
      bot: spec,
      regions,
      integrations: known,
      policy: policyName === undefined ? undefined : (policy?.spec ?? 'unknown'),
    },
    missing: [
      ...names.flatMap((name, index) => (known.get(name) === undefined ? [noIntegration(name, index)] : [])),
      ...(policyName !== undefined && policy === undefined ? [noPolicy(policyName)] : []),
      ...fallbackProblems(spec, known),
    ],
  }
}

const noIntegration = (name: string, index: number): Problem => ({
  path: `spec.integrationRefs[${index}].name`,
  message: `there is no Integration ${name} yet: create it`,
})

const noPolicy = (name: string): Problem => ({
  path: 'spec.retentionPolicyRef.name',
  message: `there is no RetentionPolicy ${name} yet: create it. Nothing is kept until then`,
})

function fallbackProblems({ fallback }: Callbot['spec'], known: ReadonlyMap<string, Integration['spec'] | undefined>) {
  const { name } = fallback.integrationRef
  const integration = known.get(name)
  if (integration === undefined || integration.sip !== undefined) return []
  const message = `Integration ${name} has no trunks, so the emergency number can not be called: add sip.trunks to it, or name another`
  return [{ path: 'spec.fallback.integrationRef.name', message }]
}

async function one<T>(kube: Reader, resource: Resource, namespace: string, name: string): Promise<T | undefined> {
  const found = await listed(kube, resource, namespace, `metadata.name=${name}`)
  return found[0] as T | undefined
}

/** Every object of a kind in a namespace. */
export async function listed(
  kube: Reader,
  resource: Resource,
  namespace: string,
  fieldSelector?: string,
): Promise<Raw[]> {
  const found: Raw[] = []
  for await (const raw of kube.list(resource, { namespace, fieldSelector })) found.push(raw)
  return found
}
