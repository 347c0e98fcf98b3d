import { join } from 'node:path'
import { stringify } from 'yaml'
import { renderAuditPolicy } from '../../../../hack/cluster/render/audit.ts'
import { renderCniConfig } from '../../../../hack/cluster/render/cni.ts'
import { renderContainerdConfig } from '../../../../hack/cluster/render/containerd.ts'
import { renderDns } from '../../../../hack/cluster/render/dns.ts'
import { renderKubeProxyConfig } from '../../../../hack/cluster/render/kube-proxy.ts'
import { renderKubeconfig } from '../../../../hack/cluster/render/kubeconfig.ts'
import { renderKubeletConfig } from '../../../../hack/cluster/render/kubelet.ts'
import { renderRouterAccess } from '../../../../hack/cluster/render/policy-rbac.ts'
import { zoneNamed } from '../../../../hack/cluster/settings.ts'
import { expectGolden } from '../../../harness/golden.ts'

const zone = zoneNamed('zone-b')
const pki = { caFile: '/pki/ca.crt', certFile: '/pki/node-b.crt', keyFile: '/pki/node-b.key' }
const dns = { dnsAddress: '10.96.0.10', clusterDomain: 'cluster.local' }
const manifests = (objects: object[]) => objects.map((each) => stringify(each)).join('---\n')

/** Every configuration that the cluster's daemons read, by the name of its golden file. */
const rendered: Record<string, () => string> = {
  'audit-policy.yaml': () => renderAuditPolicy('system:serviceaccount:callbot-system:callbot-operator'),
  'cni.conflist': () => renderCniConfig(zone, 1450),
  'containerd.toml': () => renderContainerdConfig(zone, 'localhost/busybox:local'),
  'dns.yaml': () =>
    manifests(
      renderDns({ image: 'localhost/coredns:local', address: '10.96.0.10', domain: 'cluster.local', replicas: 3 }),
    ),
  'kube-proxy.yaml': () =>
    renderKubeProxyConfig({ kubeconfig: '/pki/kube-proxy.kubeconfig', podCidr: '10.244.0.0/16', nodeName: 'node-b' }),
  'kubelet.yaml': () => renderKubeletConfig({ ...zone, ...pki, ...dns, cgroupRoot: '/callbot-cluster/zone-b' }),
  'kubeconfig.yaml': () =>
    renderKubeconfig({
      server: 'https://10.250.0.254:6443',
      user: 'admin',
      ca: 'CA\n',
      certificate: 'CERT',
      key: 'KEY\n',
    }),
  'kube-router-access.yaml': () => manifests(renderRouterAccess()),
}

describe('the configuration of the local cluster', () => {
  for (const [name, render] of Object.entries(rendered))
    it(`renders ${name} as the golden file has it`, () => {
      expectGolden(join(import.meta.dirname, 'golden', `${name}.golden`), render())
    })
})
