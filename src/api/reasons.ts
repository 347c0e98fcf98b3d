/** Every reason of a condition: when it is set, its message, and the section of the runbook. */
import { drill } from './drill-reasons.ts'
import type { ReasonText } from './reason-text.ts'
import { retention } from './retention-reasons.ts'

const good = {
  Serving: {
    when: 'The state of the object is as its spec specifies.',
    message: '{ready} of {desired} pods take calls in {zones} zones',
    runbook: 'serving',
  },
  AsSpecified: {
    when: 'One part of the object is as specified.',
    message: '{fact}',
    runbook: 'as-specified',
  },
  RouteRuns: {
    when: 'Callbot: all edges that answer run its newest route table.',
    message: 'route table {epoch}, with {numbers}, runs on {running} of {edges} edges',
    runbook: 'route-runs',
  },
  RouteAnswers: {
    when: 'Integration: calls and requests reach the client.',
    message: '{route}',
    runbook: 'route-answers',
  },
  Progressing: {
    when: 'The operator applies the newest spec; nothing is wrong.',
    message: 'applying generation {generation}: {what}',
    runbook: 'progressing',
  },
} as const satisfies Record<string, ReasonText>

const bot = {
  PodsStarting: {
    when: 'Pods were created and are not ready yet, within the time that a start may take.',
    message: '{ready} of {desired} pods take calls; the others are starting',
    runbook: 'pods-starting',
  },
  PodsUnavailable: {
    when: 'Fewer pods take calls than should, for longer than a start takes.',
    message: '{ready} of {desired} pods take calls: {because}. See kubectl describe pods -l callbots.dev/callbot={bot}',
    runbook: 'pods-unavailable',
  },
  ZoneUnreachable: {
    when: 'A zone has pods, and none of them answers.',
    message: 'no pod in {zones} answers; calls go to the other zones. Check the nodes and the network of that zone',
    runbook: 'zone-unreachable',
  },
  ZoneWithoutPod: {
    when: 'A zone that should have a pod has none.',
    message: 'no pod runs in {zones}: {because}. Make room on a node there, or name other zones in spec.zones',
    runbook: 'zone-without-pod',
  },
  PodsOutside: {
    when: 'Callbot: a pod of it, or of the installation, runs on a node that placement excludes, such as after a label of the node was removed. It goes on running, with its calls.',
    message:
      'pod {pod} runs on node {node}, which lacks the label {label}: label the node, or delete the pod, whose successor starts on a node inside',
    runbook: 'pods-outside',
  },
  NoNodeInside: {
    when: 'Callbot: no node has all labels that placement of the spec and of the chart requires, so new pods stay Pending.',
    message: 'no node inside has the label {label}, so new pods stay Pending: label nodes, or change {path}',
    runbook: 'no-node-inside',
  },
  OneZone: {
    when: 'Callbot: all its pods are in one zone, since the cluster has no other, spec.zones names no other, or there is one pod.',
    message: 'all pods are in {zone}: if that zone fails, no pod answers. {cure}',
    runbook: 'one-zone',
  },
  NoZoneLabels: {
    when: 'Callbot: no node has the label topology.kubernetes.io/zone, such as in a cluster on a laptop.',
    message:
      'no node has the label topology.kubernetes.io/zone, so pods are spread over nodes only, and the loss of a zone can take all of them: label the nodes with their zones',
    runbook: 'no-zone-labels',
  },
  PoliciesNotEnforced: {
    when: 'Callbot: the operator connected, twice within 25 s or more, to a port of a pod that its NetworkPolicy opens to nobody.',
    message:
      'a pod of {bot} takes connections at port {port}, which its NetworkPolicy opens to nobody: use a network plugin that enforces NetworkPolicies, or delete the NetworkPolicy of this namespace that opens the port',
    runbook: 'policies-not-enforced',
  },
  QuotaExceeded: {
    when: 'Integration: its trunks, or the addresses that call in by them, are more than the share of its namespace. Callbot: the bot, its numbers or its pods are. What was published before stays in use; a new Callbot has no route and no pods. RetentionPolicy: its namespace has as many as it may have; it is not in force, and nothing is kept under it; or the records of its namespace have as many keys or octets as they may have, and no more are stored.',
    message:
      '{whose} {used} of {limit} {resource}, and this object needs more: remove one, or ask the administrator of the cluster ({path} of the chart)',
    runbook: 'quota-exceeded',
  },
  IntegrationNotFound: {
    when: 'Callbot, FailoverDrill: the spec names an Integration that does not exist.',
    message: 'Integration {name} does not exist in this namespace: create it, or correct spec.integrationRefs',
    runbook: 'integration-not-found',
  },
  RetentionPolicyNotFound: {
    when: 'spec.retentionPolicyRef names a RetentionPolicy that does not exist. Until it does, nothing is kept, pods keep the configuration that they have, and no value leaves a bot that had none.',
    message:
      'RetentionPolicy {name} does not exist in this namespace: create it, or correct spec.retentionPolicyRef. Nothing is kept until then',
    runbook: 'retention-policy-not-found',
  },
  RetentionPolicyRefused: {
    when: 'spec.retentionPolicyRef names a RetentionPolicy that is more than its namespace may have, and so not in force. Until it is, nothing is kept under it, pods keep the configuration that they have, and no value leaves a bot that had none.',
    message:
      'RetentionPolicy {name} is not in force, since this namespace has as many as it may have: see its status. Nothing is kept under it until then',
    runbook: 'retention-policy-refused',
  },
  DialogNotFound: {
    when: 'The ConfigMap of spec.dialog.configMapRef or its key does not exist.',
    message:
      'ConfigMap {name} with key {key} does not exist in this namespace: create it, or correct spec.dialog.configMapRef',
    runbook: 'dialog-not-found',
  },
  DialogInvalid: {
    when: 'The conversation flow breaks a rule that was not checked when it was applied, or it comes from a ConfigMap. Pods keep the flow that they have.',
    message: '{path}: {because}',
    runbook: 'dialog-invalid',
  },
  SpeechUnreachable: {
    when: 'No server for speech recognition, or none for speech synthesis, answers the pods.',
    message:
      '{pods} of {of} pods reach no server for speech {what}: {because}. Check the servers of spec.speech and the network to them',
    runbook: 'speech-unreachable',
  },
  NoFreePlace: {
    when: 'Every place of every pod is taken, and the spec allows no more pods. Until a twentieth of the places is free again.',
    message:
      'all {places} places of {pods} pods are taken, and the spec allows no more pods: callers go to the emergency number. Raise {path}',
    runbook: 'no-free-place',
  },
  CallsFailing: {
    when: 'Within the last ten minutes at least three calls, and more than one in twenty, ended because of a fault of the bot.',
    message:
      'calls end because of a fault of the bot: read the logs of its pods with kubectl logs -l callbots.dev/callbot={bot}',
    runbook: 'calls-failing',
  },
  NumberTaken: {
    when: 'An older Callbot of the installation has the number. It keeps it.',
    message: 'number {number} belongs to Callbot {owner}, which is older: remove the number from one of the two',
    runbook: 'number-taken',
  },
  NumberReserved: {
    when: 'The administrator keeps the number for other namespaces. No call to it comes to this bot.',
    message:
      'number {number} is reserved, and not for namespace {namespace}: remove it, or ask the administrator of the installation for it',
    runbook: 'number-reserved',
  },
  CertificatePending: {
    when: 'The certificate is not issued yet, or the pods do not have the new one yet.',
    message: 'the certificate of the pods is being issued',
    runbook: 'certificate-pending',
  },
  CertificateExpiring: {
    when: 'The renewal of the certificate is overdue.',
    message: 'the certificate of the pods expires at {notAfter} and could not be renewed: {because}',
    runbook: 'certificate-expiring',
  },
  RoutePending: {
    when: 'The route table is not written yet, or not all edges run it yet.',
    message: 'route table {epoch} runs on {running} of {edges} edges',
    runbook: 'route-pending',
  },
  EdgesSilent: {
    when: 'The route table is written, and no edge answers the operator, so it is not known whether they run it.',
    message: 'route table {epoch} is written, and no edge answers the operator. Check the pods of the edges',
    runbook: 'edges-silent',
  },
  EdgeNotReady: {
    when: 'Callbot: an edge reports why it takes no calls. Calls go through the others, if there are any.',
    message: 'edge {edge} takes no calls: {because}',
    runbook: 'edge-not-ready',
  },
  FallbackMissing: {
    when: 'The Integration of the emergency number has no trunk, so callers would not reach a person.',
    message:
      'the emergency number can not be called: {because}. Add sip.trunks to Integration {integration}, or name another one in spec.fallback',
    runbook: 'fallback-missing',
  },
  FallbackUnreachable: {
    when: 'No trunk of the emergency number answers.',
    message:
      "no trunk of Integration {integration} answers: the emergency number can not be called. Check the client's telephone system",
    runbook: 'fallback-unreachable',
  },
  TestsFailed: {
    when: 'A new version did not pass its own tests, so its pods take no calls. The pods of the version before take them.',
    message:
      'test {test} fails at {place}: {because}. {meanwhile}. Correct the conversation flow or the test; callbot test prints the complete conversation',
    runbook: 'tests-failed',
  },
  SpecInvalid: {
    when: 'The spec breaks a rule that a newer version of the operator knows.',
    message: '{path}: {because}',
    runbook: 'spec-invalid',
  },
  ApplyFailed: {
    when: 'The API server rejected a child of the object, for example because of a quota. The operator tries again.',
    message: 'the API server rejected the {what}: {because}',
    runbook: 'apply-failed',
  },
} as const satisfies Record<string, ReasonText>

const integration = {
  PrimaryInUse: {
    when: 'Calls or requests go to the primary.',
    message: '{side} goes to the primary {name}',
    runbook: 'primary-in-use',
  },
  ProbesShared: {
    when: 'Integration: edges probe its trunks less often than sip.probe.intervalSeconds says, for the trunks of the namespace need more probes than its share.',
    message:
      'the edges probe trunks every {seconds} s, not every {asked} s: the trunks of this namespace need more probes than its share, so a fault is noticed later. Set a longer sip.probe.intervalSeconds in Integrations of this namespace, or remove trunks',
    runbook: 'probes-shared',
  },
  BackupInUse: {
    when: 'The primary does not answer, and the backup has taken over.',
    message:
      'the primary {primary} has not answered since {since}; {side} goes to the backup {name}. Repair the primary',
    runbook: 'backup-in-use',
  },
  PrimaryReturning: {
    when: 'The primary answers again. Calls stay with the backup until it has answered for failover.failback.holdSeconds, or until a person sets the annotation callbots.dev/failback.',
    message:
      'the primary {primary} has answered again since {since}; {side} stays with the backup {name} until it has answered for long enough, or a person sets the annotation callbots.dev/failback',
    runbook: 'primary-returning',
  },
  RouteUnknown: {
    when: 'No edge, or no pod, has reported the state of the routes yet.',
    message: 'no {observers} has reported yet whether {side} can be reached',
    runbook: 'route-unknown',
  },
  TrunkUnusable: {
    when: 'The edges can not use a trunk until its configuration is fixed: a Secret that does not exist or that they may not read, a name without an address, an address that another namespace calls or that is refused.',
    message: '{because}',
    runbook: 'trunk-unusable',
  },
  SecretRefused: {
    when: 'A Secret of a trunk can not be used as it is now. The trunk uses what the edges read before.',
    message: '{because}',
    runbook: 'secret-refused',
  },
  AddressNotOpen: {
    when: 'A trunk is called at an address that is not public or is of the cluster, and that nobody opened. With egress.enforce of the chart it is not called.',
    message: '{because}',
    runbook: 'address-not-open',
  },
  AllRoutesDown: {
    when: 'Neither the primary nor a backup answers.',
    message: 'no {side} route answers: neither {primary} nor a backup. Check the systems and the network to them',
    runbook: 'all-routes-down',
  },
  BackupDown: {
    when: 'The primary is in use, and the backup does not answer.',
    message: 'the backup {name} has not answered since {since}: {side} has no other backup. Repair it',
    runbook: 'backup-down',
  },
  BackupMissing: {
    when: 'There is no backup, which criticality Standard allows.',
    message: '{side} has no backup: add one, or accept that bots can not put callers through when {primary} is down',
    runbook: 'backup-missing',
  },
} as const satisfies Record<string, ReasonText>

/** The one list. A reason that is not here can not be given. */
export const REASONS = { ...good, ...bot, ...integration, ...drill, ...retention } as const

export type Reason = keyof typeof REASONS
