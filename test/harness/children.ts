/** Manifests of every kind that the operator makes, and a Callbot: the least that the API server accepts. */
import type { Manifest } from '../../src/kube/raw-object.ts'
import { renderDeployment } from '../../src/operator/render/deployment.ts'
import { renderNetworkPolicy } from '../../src/operator/render/network-policy.ts'
import { renderPodDisruptionBudget } from '../../src/operator/render/pod-disruption-budget.ts'
import { renderService } from '../../src/operator/render/service.ts'
import { aBot, aWorld } from './builders.ts'

const MANAGED = { 'app.kubernetes.io/managed-by': 'callbot-operator' }

/** A manifest with the label of the operator's own. */
export function labelled(
  apiVersion: string,
  kind: string,
  namespace: string | undefined,
  name: string,
  rest = {},
): Manifest {
  return { apiVersion, kind, metadata: { namespace, name, labels: MANAGED }, ...rest } as Manifest
}

const { settings } = aWorld().world
const child = (manifest: unknown) => manifest as Manifest
const botIn = (namespace: string) => aBot({ namespace, name: 'bot' })

/** By kind: a child of the Callbot `bot` of a namespace, of the image that the chart names by default. */
export const CHILDREN: Record<string, (namespace: string) => Manifest> = {
  Deployment: (ns) =>
    child(renderDeployment(botIn(ns), { ...settings, image: 'localhost/callbot-operator:dev' }, 'bot-0123456789', 1)),
  Service: (ns) => child(renderService(botIn(ns))),
  PodDisruptionBudget: (ns) => child(renderPodDisruptionBudget(botIn(ns))),
  NetworkPolicy: (ns) => child(renderNetworkPolicy(botIn(ns), settings)),
}

export function sampleBot(namespace: string, name: string): Manifest {
  const steps = [{ name: 'bye', hangUp: {} }]
  return {
    apiVersion: 'callbots.dev/v1alpha1',
    kind: 'Callbot',
    metadata: { namespace, name },
    spec: {
      numbers: ['+33145000001'],
      language: 'fr-FR',
      dialog: { inline: { steps } },
      integrationRefs: [{ name: 'practice' }],
      fallback: { number: '+33145000002', integrationRef: { name: 'practice' } },
    },
  } as Manifest
}
