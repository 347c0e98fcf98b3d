import type { ConfigMap } from 'kubernetes-types/core/v1.d.ts'
import type { IntegrationSpec } from '../../api/integration.ts'
import { canonicalJson } from '../../lib/canonical.ts'
import { defaultPort, type Trunk, type TrunkGroup } from '../../rules/trunks.ts'
import type { DeclaredTrunks, IntegrationFacts, PublishedTrunks } from '../world/integration.ts'
import { MANAGER, type Manifest } from './manifest.ts'
import { COMPONENT_LABEL, INTEGRATION_LABEL, MANAGED_BY_LABEL } from '../world/labels.ts'

/** Annotation of an Integration: the trunk to which a person wants calls to return. */
export const FAILBACK = 'callbots.dev/failback'

/** Annotation of what is published: since which epoch with which host. */
export const SINCE = 'callbots.dev/hosts-since'

export const trunksName = (namespace: string, integration: string) => `trunks.${namespace}.${integration}`

type Sip = NonNullable<IntegrationSpec['sip']>

/** What edges receive of a client's telephone system. Passwords and keys are named and stay where they are. */
export function declaredTrunks({ trunks, probe, failover, callerNumber, userAgent }: Sip): DeclaredTrunks {
  return {
    trunks: [...trunks].sort(byRole).map(declaredTrunk),
    probe,
    failover,
    callerNumber,
    ...(userAgent !== undefined && { userAgent }),
  }
}

/** The primary first; backups in the order of the list. */
export const byRole = (a: { role: string }, b: { role: string }) =>
  Number(a.role === 'Backup') - Number(b.role === 'Backup')

function declaredTrunk(trunk: Sip['trunks'][number]): Trunk {
  const { name, role, address, transport, srtp, numbers, capacity, tls, digest, inbound } = trunk
  return {
    ...{ name, role, transport, srtp },
    host: address.host,
    port: address.port ?? defaultPort(transport),
    maxCalls: capacity.maxCalls,
    callsPerSecond: capacity.callsPerSecond,
    ...(isWrittenOtherwise(numbers) && { numbers }),
    ...(tls && { tls: declaredTls(tls) }),
    ...(digest && { digest: declaredDigest(digest) }),
    ...(inbound && { inboundSources: [...inbound.sources].sort() }),
  }
}

/** The default is left out: an upgrade publishes no trunk once more. */
const isWrittenOtherwise = ({ international, national }: Sip['trunks'][number]['numbers']) =>
  international !== 'Plus' || national !== undefined

const declaredTls = ({ identitySecretRef, caSecretRef, serverName }: NonNullable<Sip['trunks'][number]['tls']>) => ({
  ...(identitySecretRef && { identitySecret: identitySecretRef.name }),
  ...(caSecretRef && { caSecret: caSecretRef }),
  ...(serverName !== undefined && { serverName }),
})

const declaredDigest = ({ secretRef, realm, algorithms }: NonNullable<Sip['trunks'][number]['digest']>) => ({
  secret: secretRef.name,
  ...(realm !== undefined && { realm }),
  algorithms,
})

/**
 * The trunks of an Integration in the edges' tables. An edge refuses a group whose epoch is below the one that it holds.
 * Each host carries since when it is published, and each of its addresses since when edges call it, so that all edges agree on who had
 * an address first.
 * It lies in the operator's namespace, so no owner reference can collect it: the operator does when the Integration was deleted.
 */
export function renderTrunks(
  { namespace, name, uid, failbackTo }: IntegrationFacts,
  declared: DeclaredTrunks,
  operatorNamespace: string,
  { epoch, since, held }: Pick<PublishedTrunks, 'epoch' | 'since' | 'held'>,
): Manifest & ConfigMap {
  const hosts = Object.fromEntries(declared.trunks.map(({ host }) => [host, since[host] ?? epoch]))
  const group: TrunkGroup = {
    integration: { namespace, name, uid },
    epoch,
    ...declared,
    trunks: declared.trunks.map((trunk) => ({
      ...trunk,
      since: hosts[trunk.host]!,
      ...(Object.hasOwn(held, trunk.host) && { held: held[trunk.host]! }),
    })),
    ...(failbackTo !== undefined && { failbackTo }),
  }
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: trunksName(namespace, name),
      namespace: operatorNamespace,
      labels: {
        'app.kubernetes.io/name': 'callbot',
        [COMPONENT_LABEL]: 'trunks',
        [MANAGED_BY_LABEL]: MANAGER,
        [INTEGRATION_LABEL]: name,
      },
      annotations: {
        'callbots.dev/namespace': namespace,
        'callbots.dev/integration-uid': uid,
        'callbots.dev/epoch': String(epoch),
        [SINCE]: canonicalJson(hosts),
      },
    },
    data: { trunks: canonicalJson(group) },
  }
}
