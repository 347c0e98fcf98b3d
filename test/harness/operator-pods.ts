/** The operator's place in a bare API server: account, rights and fence from the chart, and pods to speak for. */
import { helm, chartDir, kubectl, kubeVersion, operatorNamespace, release } from '../../hack/chart.ts'
import { createClient, type Kube } from '../../src/kube/client.ts'
import type { ClusterConfig } from '../../src/kube/cluster-config.ts'
import { staticToken } from '../../src/kube/bearer-tokens.ts'
import { createTransport, type Transport } from '../../src/kube/transport.ts'
import { CALLBOTS, FAILOVER_DRILLS } from '../../src/api/kinds.ts'
import { MANAGER, type TestApiServer } from './api-server.ts'

export const HOME = operatorNamespace
export const ACCOUNT = 'callbot-operator'

/** Applies the chart's templates of these names, and the CRD of callbots. */
export async function installRights(
  api: TestApiServer,
  templates = RIGHTS,
  values: readonly string[] = [],
): Promise<void> {
  const names = templates.flatMap((name) => ['--show-only', `templates/${name}.yaml`])
  const set = values.flatMap((each) => ['--set', each])
  const text = await helm(['template', release, chartDir, '-n', HOME, ...kubeVersion(), ...set, ...names])
  const kube = (args: string[], input?: string) => kubectl(['--kubeconfig', api.kubeconfig, ...args], input)
  await kube(['create', 'namespace', HOME])
  await kube(['apply', '--server-side', '-f', 'crds'])
  await kube(['apply', '--server-side', '-f', '-'], text)
  await kube(['wait', '--for=condition=Established', 'crd/callbots.callbots.dev'])
}

export const RIGHTS = [
  'serviceaccount',
  'clusterrole',
  'clusterrolebinding',
  'role',
  'rolebinding',
  'fence',
  'bot-pods',
  'listening',
]

/** A pod of the operator, as the API server sees it: an object, and a token that is bound to it. */
export interface OperatorPod {
  name: string
  token: string
  transport: Transport
  kube: Kube
  close(): Promise<void>
}

export async function startOperatorPod(api: TestApiServer, name: string): Promise<OperatorPod> {
  const pod = await api.kube.create({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace: HOME, name },
    spec: { serviceAccountName: ACCOUNT, containers: [{ name: 'operator', image: 'none' }] },
  } as never)
  const token = await requestToken(api, { apiVersion: 'v1', kind: 'Pod', name, uid: pod.metadata.uid })
  const { transport, kube } = await speakAs(api.config, token)
  return { name, token, transport, kube, close: () => transport.close() }
}

/** A token of the operator's account, as the kubelet asks for it: bound to the pod. Without `boundObjectRef` to none. */
export async function requestToken(api: TestApiServer, boundObjectRef?: object): Promise<string> {
  const { body } = await api.transport.request({
    purpose: 'readwrite',
    method: 'POST',
    path: `/api/v1/namespaces/${HOME}/serviceaccounts/${ACCOUNT}/token`,
    body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { boundObjectRef } },
  })
  return (body as { status: { token: string } }).status.token
}

export async function speakAs(config: ClusterConfig, token: string): Promise<{ transport: Transport; kube: Kube }> {
  const readTls = async () => ({ ca: (await config.readTls()).ca })
  const transport = await createTransport({ config: { ...config, credentials: staticToken(token), readTls } })
  return { transport, kube: createClient({ transport, fieldManager: MANAGER, kinds: [CALLBOTS, FAILOVER_DRILLS] }) }
}

/** Writes the Lease as an administrator: who holds it is what the test says. */
export async function giveLease(api: TestApiServer, holderIdentity: string): Promise<void> {
  await api.kube.apply({
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { namespace: HOME, name: ACCOUNT },
    spec: { holderIdentity, leaseDurationSeconds: 6 },
  } as never)
}
