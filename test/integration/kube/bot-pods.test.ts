// @seconds 5
import { expect } from 'chai'
import { CALLBOTS } from '../../../src/api/kinds.ts'
import type { Manifest, Raw } from '../../../src/kube/raw-object.ts'
import { resources } from '../../../src/kube/resources.ts'
import { renderDeployment } from '../../../src/operator/render/deployment.ts'
import { renderNetworkPolicy } from '../../../src/operator/render/network-policy.ts'
import { renderPodDisruptionBudget } from '../../../src/operator/render/pod-disruption-budget.ts'
import { renderService } from '../../../src/operator/render/service.ts'
import { useApiServer } from '../../harness/api-server.ts'
import { aBot, aWorld } from '../../harness/builders.ts'
import { labelled } from '../../harness/children.ts'
import { eventually } from '../../harness/eventually.ts'
import { giveLease, installRights, type OperatorPod, startOperatorPod } from '../../harness/operator-pods.ts'

const { settings: given } = aWorld().world
/** As the chart is installed without values. */
const settings = { ...given, image: 'localhost/callbot-operator:dev' }
const bot = aBot()
const { namespace, name } = bot

/** A manifest to be changed at will. */
type Loose = ReturnType<typeof JSON.parse>

const volumeOf = (pod: Loose, name: string) => pod.volumes.find((each: Loose) => each.name === name)

/** `written`, or what the API server said. */
const said = (write: Promise<unknown>) =>
  write.then(
    () => 'written',
    (error: Error) => error.message,
  )

describe('what a token of the operator is good for', function () {
  this.timeout(60_000)
  const api = useApiServer({ kinds: [CALLBOTS] })
  let operator: OperatorPod
  const deployment = () => renderDeployment(bot, settings, `${name}-0123456789`, 2)
  const beside = [renderService(bot), renderNetworkPolicy(bot, settings), renderPodDisruptionBudget(bot)]

  before(async () => {
    await installRights(api())
    operator = await startOperatorPod(api(), 'operator-a')
    await giveLease(api(), operator.name)
    for (const each of [namespace, 'kube-system'])
      await api()
        .kube.create(labelled('v1', 'Namespace', undefined, each))
        .catch(() => undefined)
    // A policy takes effect some moments after it was made.
    await eventually(async () => {
      const evil = changed((spec) => (spec.hostNetwork = true))
      expect(await said(operator.kube.apply(evil))).to.contain('shares the node')
      // Of another name: before its policy takes effect it is made, and a Service keeps the address that it got.
      const service = beside[0]!
      const metadata = { ...service.metadata, name: 'open' }
      const open = { ...service, metadata, spec: { type: 'LoadBalancer', ports: [{ port: 1 }] } }
      expect(await said(operator.kube.apply(open))).to.contain('may write only')
    })
  })
  after(() => operator?.close())

  /** The bot's own Deployment with something else in its pod. */
  function changed(change: (pod: Loose, whole: Loose) => void): Manifest {
    const manifest = structuredClone(deployment()) as Loose
    change(manifest.spec.template.spec, manifest)
    return manifest
  }

  it('the pods and objects that the operator makes: today, and again with another configuration', async () => {
    for (const each of [deployment(), ...beside])
      expect(await said(operator.kube.apply(each)), each.kind).to.equal('written')
    const next = renderDeployment(bot, settings, `${name}-abcdefabcd`, 3)
    expect(await said(operator.kube.apply(next))).to.equal('written')
  })

  const voice = (change: (container: Loose) => void) => changed((pod) => change(pod.containers[0]))
  const attacks: Record<string, () => Manifest> = {
    "the node's network": () => changed((pod) => (pod.hostNetwork = true)),
    "the node's processes": () => changed((pod) => ((pod.shareProcessNamespace = false), (pod.hostPID = true))),
    'a place on a node of its choice': () => changed((pod) => (pod.nodeName = 'control-plane')),
    'a priority of the system': () => changed((pod) => (pod.priorityClassName = 'system-node-critical')),
    'a folder of the node': () => changed((pod) => pod.volumes.push({ name: 'x', hostPath: { path: '/' } })),
    'storage of others': () =>
      changed((pod) => pod.volumes.push({ name: 'x', persistentVolumeClaim: { claimName: 'theirs' } })),
    'a token by a projected volume': () =>
      changed((pod) =>
        pod.volumes.push({ name: 'x', projected: { sources: [{ serviceAccountToken: { path: 't' } }] } }),
      ),
    'a ServiceAccount': () => changed((pod) => (pod.serviceAccountName = 'admin')),
    'the token of the default ServiceAccount': () => changed((pod) => (pod.automountServiceAccountToken = true)),
    'a container of another image': () => voice((c) => (c.image = 'evil.example.com/voice:1')),
    'a second container': () => changed((pod) => pod.containers.push({ ...pod.containers[0], name: 'other' })),
    'an init container': () =>
      changed((pod) => (pod.initContainers = [{ name: 'first', image: pod.containers[0].image }])),
    'another command': () => voice((c) => (c.command = ['sh', '-c', 'id'])),
    'other arguments': () => voice((c) => (c.args = ['operator'])),
    'a hook': () => voice((c) => (c.lifecycle = { preStop: { exec: { command: ['id'] } } })),
    'a probe that runs a program': () =>
      voice((c) => (c.livenessProbe = { exec: { command: ['id'] }, periodSeconds: 5 })),
    'a probe of another host': () => voice((c) => (c.livenessProbe.httpGet.host = '169.254.169.254')),
    'code for Node by its environment': () => voice((c) => c.env.push({ name: 'NODE_OPTIONS', value: '-r /tmp/x' })),
    'a Secret by its environment': () =>
      voice((c) => c.env.push({ name: 'CALLBOT_X', valueFrom: { secretKeyRef: { name: 'theirs', key: 'password' } } })),
    'all of a Secret by its environment': () => voice((c) => (c.envFrom = [{ secretRef: { name: 'theirs' } }])),
    'a ConfigMap over our code': () => voice((c) => c.volumeMounts.push({ name: 'bot', mountPath: '/app/src' })),
    privileges: () => voice((c) => (c.securityContext = { privileged: true })),
    'a capability': () => voice((c) => (c.securityContext.capabilities.add = ['NET_ADMIN'])),
    'a writable root': () => voice((c) => (c.securityContext.readOnlyRootFilesystem = false)),
    'a port of the node': () => voice((c) => (c.ports[0].hostPort = 5061)),
    'a ConfigMap over our code, by ..': () =>
      voice((c) => c.volumeMounts.push({ name: 'bot', mountPath: '/etc/callbot/../../app/src' })),
    'a folder of its own choice': () =>
      voice((c) => c.volumeMounts.push({ name: 'bot', mountPath: '/etc/callbot/authority' })),
    'a part of a volume': () =>
      voice((c) => c.volumeMounts.push({ name: 'bot', mountPath: '/etc/callbot/dialog', subPath: 'x' })),
    'a Secret of the namespace as its certificate': () =>
      changed((pod) => (volumeOf(pod, 'tls').secret.secretName = 'theirs')),
    'its certificate elsewhere': () =>
      voice((c) => (c.env.find((e: Loose) => e.name === 'CALLBOT_TLS_DIR').value = '/etc/callbot/secrets/theirs')),
    'a Secret under the name of another': () =>
      changed((pod) => {
        pod.volumes.push({ name: 'x', secret: { secretName: 'theirs' } })
        pod.containers[0].volumeMounts.push({ name: 'x', mountPath: '/etc/callbot/secrets/granted' })
      }),
    'a key of a Secret under another name': () =>
      changed((pod) => {
        const items = [{ key: 'password', path: 'callbots.hosts' }]
        pod.volumes.push({ name: 'x', secret: { secretName: 'theirs', items } })
        pod.containers[0].volumeMounts.push({ name: 'x', mountPath: '/etc/callbot/secrets/theirs' })
      }),
    'a second owner, which would keep it': () =>
      changed((_, whole) =>
        whole.metadata.ownerReferences.push({ apiVersion: 'v1', kind: 'ConfigMap', name: 'x', uid: 'x' }),
      ),
    'an owner that is no controller': () =>
      changed((_, whole) => (whole.metadata.ownerReferences[0].controller = false)),
    'root by its container': () => voice((c) => (c.securityContext.runAsNonRoot = false)),
    'user 0': () => changed((pod) => (pod.securityContext.runAsUser = 0)),
    'no seccomp in its container': () => voice((c) => (c.securityContext.seccompProfile = { type: 'Unconfined' })),
    'no AppArmor': () => changed((pod) => (pod.securityContext.appArmorProfile = { type: 'Unconfined' })),
    'no AppArmor in its container': () => voice((c) => (c.securityContext.appArmorProfile = { type: 'Unconfined' })),
    'SELinux options': () => voice((c) => (c.securityContext.seLinuxOptions = { type: 'spc_t' })),
    sysctls: () =>
      changed((pod) => (pod.securityContext.sysctls = [{ name: 'net.ipv4.ip_unprivileged_port_start', value: '0' }])),
    root: () => changed((pod) => (pod.securityContext.runAsNonRoot = false)),
    'no Callbot': () => changed((_, whole) => (whole.metadata.ownerReferences = [])),
    'another name': () => changed((_, whole) => (whole.metadata.name = 'other')),
    'a namespace of Kubernetes': () => changed((_, whole) => (whole.metadata.namespace = 'kube-system')),
  }
  for (const [what, attack] of Object.entries(attacks)) {
    it(`no Deployment with ${what}`, async () => {
      const { metadata } = attack()
      expect(await said(operator.kube.apply(attack()))).to.contain('callbot-operator may')
      // Nor again, where there is nothing to compare with.
      const fresh = { ...attack(), metadata: { ...metadata, namespace: 'fresh' } } as Manifest
      await api()
        .kube.create(labelled('v1', 'Namespace', undefined, 'fresh'))
        .catch(() => undefined)
      if (metadata.namespace === namespace)
        expect(await said(operator.kube.create(fresh))).to.contain('callbot-operator may')
    })
  }

  it('no object in a namespace of Kubernetes itself', async () => {
    for (const each of [labelled('v1', 'ConfigMap', 'kube-system', 'callbot-x', {}), ...beside]) {
      const there = { ...each, metadata: { ...each.metadata, namespace: 'kube-system' } } as Manifest
      expect(await said(operator.kube.apply(there)), each.kind).to.match(/callbot-operator may|is forbidden/)
    }
  })

  it('no Service that takes the traffic of others, and no policy or budget for their pods', async () => {
    const [service, policy, budget] = beside as unknown as Loose[]
    const tries = [
      { ...service, spec: { ...service.spec, clusterIP: undefined, type: 'NodePort' } },
      { ...service, spec: { ...service.spec, externalIPs: ['192.0.2.1'] } },
      { ...service, spec: { ...service.spec, selector: { app: 'theirs' } } },
      { ...service, metadata: { ...service.metadata, name: 'theirs' } },
      { ...policy, spec: { ...policy.spec, podSelector: {} } },
      { ...policy, spec: { ...policy.spec, podSelector: { matchLabels: { app: 'theirs' } } } },
      { ...budget, spec: { ...budget.spec, selector: {} } },
    ]
    for (const each of tries)
      expect(
        await said(operator.kube.apply({ ...each, metadata: { ...each.metadata, namespace: 'fresh' } })),
      ).to.contain('callbot-operator may write only')
  })

  it('what others have added to the Deployment does not stop the next write of the operator', async () => {
    const theirs = {
      spec: {
        template: {
          metadata: { annotations: { 'kubectl.kubernetes.io/restartedAt': 'now' } },
          spec: {
            containers: [{ name: 'sidecar', image: 'mesh.example.com/proxy:1' }],
            volumes: [{ name: 'logs', hostPath: { path: '/var/log' } }],
          },
        },
      },
    }
    await api().transport.request({
      purpose: 'readwrite',
      method: 'PATCH',
      path: `/apis/apps/v1/namespaces/${namespace}/deployments/${name}`,
      contentType: 'application/strategic-merge-patch+json',
      body: theirs,
    })
    const next = renderDeployment(bot, settings, `${name}-9999999999`, 4)
    expect(await said(operator.kube.apply(next))).to.equal('written')
    const found: Raw = await api().kube.get(resources.deployments, namespace, name)
    expect(JSON.stringify(found['spec'])).to.contain('mesh.example.com').and.contain(`${name}-9999999999`)
  })

  it('an image that runs already goes on: an operator of before may write until the new one leads', async () => {
    const image = 'localhost/callbot-operator:before'
    const before = voice((c) => (c.image = image))
    await api().kube.apply(before)
    expect(await said(operator.kube.apply(voice((c) => ((c.image = image), (c.args = ['voice'])))))).to.equal('written')
  })

  it('hinders nobody else', async () => {
    const foreign = structuredClone(attacks["the node's network"]!()) as Loose
    expect(await said(api().kube.apply(foreign))).to.equal('written')
  })
})
