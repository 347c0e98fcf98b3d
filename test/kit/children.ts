/** Small manifests of every kind that the operator makes, and a Callbot: the least that the API server accepts. */
import type { Manifest } from '../../src/kube/raw.ts'

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

const matchLabels = { app: 'bot' }
const template = { metadata: { labels: matchLabels }, spec: { containers: [{ name: 'voice', image: 'none' }] } }

/** By kind: the manifest of a child named `bot` in a namespace. */
export const CHILDREN: Record<string, (namespace: string) => Manifest> = {
  Deployment: (ns) => labelled('apps/v1', 'Deployment', ns, 'bot', { spec: { selector: { matchLabels }, template } }),
  Service: (ns) =>
    labelled('v1', 'Service', ns, 'bot', {
      spec: { clusterIP: 'None', selector: matchLabels, ports: [{ name: 'sips', port: 5061 }] },
    }),
  PodDisruptionBudget: (ns) =>
    labelled('policy/v1', 'PodDisruptionBudget', ns, 'bot', { spec: { maxUnavailable: 1, selector: { matchLabels } } }),
  NetworkPolicy: (ns) =>
    labelled('networking.k8s.io/v1', 'NetworkPolicy', ns, 'bot', {
      spec: { podSelector: { matchLabels }, policyTypes: ['Ingress'] },
    }),
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
