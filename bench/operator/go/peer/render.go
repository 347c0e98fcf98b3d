package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	acapps "k8s.io/client-go/applyconfigurations/apps/v1"
	accore "k8s.io/client-go/applyconfigurations/core/v1"
	acmeta "k8s.io/client-go/applyconfigurations/meta/v1"
	acnetworking "k8s.io/client-go/applyconfigurations/networking/v1"
	acpolicy "k8s.io/client-go/applyconfigurations/policy/v1"
)

const (
	fieldManager         = "callbot-operator"
	operatorNamespace    = "callbot-system"
	botLabel             = "callbots.dev/callbot"
	componentLabel       = "app.kubernetes.io/component"
	managedByLabel       = "app.kubernetes.io/managed-by"
	epochAnnotation      = "callbots.dev/epoch"
	callbotUIDAnnotation = "callbots.dev/callbot-uid"
	namespaceAnnotation  = "callbots.dev/namespace"
	image                = "localhost/callbot-operator:dev"
	tlsDirectory         = "/etc/callbot/tls"
	peers                = "callbot-operator." + operatorNamespace + ".svc,callbot-edge." + operatorNamespace + ".svc"
	user                 = int64(65532)
	graceBeyondDrain     = int64(3600 + 15) // talks with people are relayed for so long, then sockets are closed
	knownToEdgesSeconds  = int32(3)
)

func labelsOf(bot *Callbot, component string) map[string]string {
	return map[string]string{
		"app.kubernetes.io/name": "callbot", "app.kubernetes.io/instance": bot.Name,
		componentLabel: component, managedByLabel: fieldManager, botLabel: bot.Name,
	}
}

func selectorOf(bot *Callbot) *acmeta.LabelSelectorApplyConfiguration {
	return acmeta.LabelSelector().WithMatchLabels(map[string]string{botLabel: bot.Name})
}

func owner(bot *Callbot) *acmeta.OwnerReferenceApplyConfiguration {
	return acmeta.OwnerReference().WithAPIVersion(groupVersion.String()).WithKind("Callbot").
		WithName(bot.Name).WithUID(bot.UID).WithController(true)
}

func renderDeployment(bot *Callbot, configuration string) *acapps.DeploymentApplyConfiguration {
	return acapps.Deployment(bot.Name, bot.Namespace).
		WithLabels(labelsOf(bot, "voice")).WithOwnerReferences(owner(bot)).
		WithSpec(acapps.DeploymentSpec().
			WithReplicas(desiredReplicas(bot)).WithRevisionHistoryLimit(2).
			WithMinReadySeconds(knownToEdgesSeconds).WithSelector(selectorOf(bot)).
			WithStrategy(acapps.DeploymentStrategy().WithType("RollingUpdate").WithRollingUpdate(
				acapps.RollingUpdateDeployment().WithMaxSurge(intstr.FromInt32(1)).WithMaxUnavailable(intstr.FromInt32(0)))).
			WithTemplate(accore.PodTemplateSpec().WithLabels(labelsOf(bot, "voice")).WithSpec(renderPod(bot, configuration))))
}

func renderPod(bot *Callbot, configuration string) *accore.PodSpecApplyConfiguration {
	pod := accore.PodSpec().
		WithAutomountServiceAccountToken(false).WithEnableServiceLinks(false).WithShareProcessNamespace(true).
		WithTerminationGracePeriodSeconds(bot.Spec.Drain.DeadlineSeconds+graceBeyondDrain).
		WithSecurityContext(accore.PodSecurityContext().WithRunAsNonRoot(true).WithRunAsUser(user).WithRunAsGroup(user).
			WithFSGroup(user).WithSeccompProfile(accore.SeccompProfile().WithType("RuntimeDefault"))).
		WithTopologySpreadConstraints(
			spread(bot, corev1.LabelTopologyZone, corev1.DoNotSchedule).WithNodeTaintsPolicy("Honor"),
			spread(bot, corev1.LabelHostname, corev1.ScheduleAnyway)).
		WithContainers(renderVoice(bot)).
		WithVolumes(
			accore.Volume().WithName("tls").WithSecret(
				accore.SecretVolumeSource().WithSecretName(secretName(bot)).WithDefaultMode(0o440)),
			accore.Volume().WithName("bot").WithConfigMap(
				accore.ConfigMapVolumeSource().WithName(configuration).WithDefaultMode(0o444)),
			accore.Volume().WithName("tmp").WithEmptyDir(
				accore.EmptyDirVolumeSource().WithMedium(corev1.StorageMediumMemory).WithSizeLimit(resource.MustParse("16Mi"))))
	if len(bot.Spec.Zones) > 0 {
		zones := slices.Sorted(slices.Values(bot.Spec.Zones))
		pod.WithAffinity(accore.Affinity().WithNodeAffinity(accore.NodeAffinity().
			WithRequiredDuringSchedulingIgnoredDuringExecution(accore.NodeSelector().WithNodeSelectorTerms(
				accore.NodeSelectorTerm().WithMatchExpressions(accore.NodeSelectorRequirement().
					WithKey(corev1.LabelTopologyZone).WithOperator("In").WithValues(zones...))))))
	}
	return pod
}

func spread(bot *Callbot, key string, action corev1.UnsatisfiableConstraintAction) *accore.TopologySpreadConstraintApplyConfiguration {
	return accore.TopologySpreadConstraint().WithMaxSkew(1).WithTopologyKey(key).WithWhenUnsatisfiable(action).
		WithLabelSelector(selectorOf(bot)).WithMatchLabelKeys("pod-template-hash")
}

func renderVoice(bot *Callbot) *accore.ContainerApplyConfiguration {
	fieldRef := func(path string) *accore.EnvVarSourceApplyConfiguration {
		return accore.EnvVarSource().WithFieldRef(accore.ObjectFieldSelector().WithAPIVersion("v1").WithFieldPath(path))
	}
	calls := bot.Spec.Capacity.CallsPerPod
	return accore.Container().WithName("voice").WithImage(image).WithImagePullPolicy("IfNotPresent").WithArgs("voice").
		WithEnv(
			accore.EnvVar().WithName("CALLBOT_NAME").WithValue(bot.Name),
			accore.EnvVar().WithName("CALLBOT_NAMESPACE").WithValueFrom(fieldRef("metadata.namespace")),
			accore.EnvVar().WithName("POD_NAME").WithValueFrom(fieldRef("metadata.name")),
			accore.EnvVar().WithName("POD_IP").WithValueFrom(fieldRef("status.podIP")),
			accore.EnvVar().WithName("NODE_IP").WithValueFrom(fieldRef("status.hostIP")),
			accore.EnvVar().WithName("CALLBOT_TLS_DIR").WithValue(tlsDirectory),
			accore.EnvVar().WithName("CALLBOT_PEERS").WithValue(peers),
			accore.EnvVar().WithName("CALLBOT_OBSERVERS").WithValue("callbot-operator."+operatorNamespace+".svc"),
			accore.EnvVar().WithName("CALLBOT_SPEECH_URL").WithValue("https://callbot-speech."+operatorNamespace+".svc:8443/v1")).
		WithPorts(
			accore.ContainerPort().WithName("sips").WithContainerPort(5061).WithProtocol("TCP"),
			accore.ContainerPort().WithName("health").WithContainerPort(8443).WithProtocol("TCP")).
		WithResources(accore.ResourceRequirements().
			WithRequests(corev1.ResourceList{"cpu": milli(50 + 6*calls), "memory": mebi(160 + (calls+1)/2)}).
			WithLimits(corev1.ResourceList{"memory": mebi(256 + 2*calls)})).
		WithReadinessProbe(probe("/readyz", 2, 2)).
		WithLivenessProbe(probe("/healthz", 5, 6)).
		WithStartupProbe(probe("/healthz", 1, 60)).
		WithSecurityContext(accore.SecurityContext().WithAllowPrivilegeEscalation(false).WithReadOnlyRootFilesystem(true).
			WithRunAsNonRoot(true).WithCapabilities(accore.Capabilities().WithDrop("ALL"))).
		WithVolumeMounts(
			accore.VolumeMount().WithName("tls").WithMountPath(tlsDirectory).WithReadOnly(true),
			accore.VolumeMount().WithName("bot").WithMountPath("/etc/callbot/bot").WithReadOnly(true),
			accore.VolumeMount().WithName("tmp").WithMountPath("/tmp"))
}

func milli(cores int64) resource.Quantity {
	return *resource.NewMilliQuantity(cores, resource.DecimalSI)
}

func mebi(size int64) resource.Quantity { return *resource.NewQuantity(size<<20, resource.BinarySI) }

func probe(path string, periodSeconds, failureThreshold int32) *accore.ProbeApplyConfiguration {
	return accore.Probe().
		WithHTTPGet(accore.HTTPGetAction().WithPath(path).WithPort(intstr.FromString("health")).WithScheme("HTTPS")).
		WithTimeoutSeconds(2).WithPeriodSeconds(periodSeconds).WithFailureThreshold(failureThreshold)
}

func renderService(bot *Callbot) *accore.ServiceApplyConfiguration {
	return accore.Service(bot.Name, bot.Namespace).WithLabels(labelsOf(bot, "voice")).WithOwnerReferences(owner(bot)).
		WithSpec(accore.ServiceSpec().WithType("ClusterIP").WithClusterIP("None").
			WithSelector(map[string]string{botLabel: bot.Name}).
			WithPorts(accore.ServicePort().WithName("sips").WithPort(5061).WithProtocol("TCP").WithTargetPort(intstr.FromString("sips"))))
}

func renderBudget(bot *Callbot) *acpolicy.PodDisruptionBudgetApplyConfiguration {
	return acpolicy.PodDisruptionBudget(bot.Name, bot.Namespace).
		WithLabels(labelsOf(bot, "voice")).WithOwnerReferences(owner(bot)).
		WithSpec(acpolicy.PodDisruptionBudgetSpec().WithMaxUnavailable(intstr.FromInt32(1)).
			WithUnhealthyPodEvictionPolicy(policyv1.AlwaysAllow).WithSelector(selectorOf(bot)))
}

func renderNetworkPolicy(bot *Callbot) *acnetworking.NetworkPolicyApplyConfiguration {
	port := func(protocol corev1.Protocol, number int32) *acnetworking.NetworkPolicyPortApplyConfiguration {
		return acnetworking.NetworkPolicyPort().WithProtocol(protocol).WithPort(intstr.FromInt32(number))
	}
	home := func() *acmeta.LabelSelectorApplyConfiguration {
		return acmeta.LabelSelector().WithMatchLabels(map[string]string{corev1.LabelMetadataName: operatorNamespace})
	}
	callers := acmeta.LabelSelector().WithMatchExpressions(acmeta.LabelSelectorRequirement().
		WithKey(componentLabel).WithOperator("In").WithValues("edge", "operator"))
	operator := acmeta.LabelSelector().WithMatchLabels(map[string]string{componentLabel: "operator"})
	names := acmeta.LabelSelector().WithMatchLabels(map[string]string{"k8s-app": "kube-dns"})
	return acnetworking.NetworkPolicy(bot.Name, bot.Namespace).
		WithLabels(labelsOf(bot, "voice")).WithOwnerReferences(owner(bot)).
		WithSpec(acnetworking.NetworkPolicySpec().WithPodSelector(selectorOf(bot)).
			WithPolicyTypes(networkingv1.PolicyTypeIngress, networkingv1.PolicyTypeEgress).
			WithIngress(
				acnetworking.NetworkPolicyIngressRule().WithPorts(port("TCP", 5061)).
					WithFrom(acnetworking.NetworkPolicyPeer().WithNamespaceSelector(home()).WithPodSelector(callers)),
				acnetworking.NetworkPolicyIngressRule().WithPorts(port("TCP", 8443)).
					WithFrom(acnetworking.NetworkPolicyPeer().WithNamespaceSelector(home()).WithPodSelector(operator)),
				acnetworking.NetworkPolicyIngressRule().WithPorts(
					port("UDP", 16384).WithEndPort(int32(16383+4*bot.Spec.Capacity.CallsPerPod)))).
			WithEgress(
				acnetworking.NetworkPolicyEgressRule().WithTo(acnetworking.NetworkPolicyPeer().WithNamespaceSelector(home())),
				acnetworking.NetworkPolicyEgressRule().WithTo(
					acnetworking.NetworkPolicyPeer().WithNamespaceSelector(acmeta.LabelSelector()).WithPodSelector(names)),
				acnetworking.NetworkPolicyEgressRule().WithPorts(port("UDP", 53), port("TCP", 53)),
				acnetworking.NetworkPolicyEgressRule().WithTo(anywhere()...).WithPorts(port("UDP", 1024).WithEndPort(65535))))
}

// Pods are named apart: to some network plugins no range has pods in it. Left out is what leads to no other host.
func anywhere() []*acnetworking.NetworkPolicyPeerApplyConfiguration {
	block := func(cidr string, except ...string) *acnetworking.NetworkPolicyPeerApplyConfiguration {
		return acnetworking.NetworkPolicyPeer().WithIPBlock(acnetworking.IPBlock().WithCIDR(cidr).WithExcept(except...))
	}
	return []*acnetworking.NetworkPolicyPeerApplyConfiguration{
		acnetworking.NetworkPolicyPeer().WithNamespaceSelector(acmeta.LabelSelector()),
		block("0.0.0.0/0", "0.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4", "240.0.0.0/4", "100.100.100.200/32", "168.63.129.16/32"),
		block("::/0", "::/128", "fe80::/10", "ff00::/8", "fd00:ec2::254/128"),
	}
}

func renderConfiguration(bot *Callbot, name, text string) *corev1.ConfigMap {
	yes := true
	return &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: bot.Namespace, Name: name, Labels: labelsOf(bot, "configuration"),
			OwnerReferences: []metav1.OwnerReference{{
				APIVersion: groupVersion.String(), Kind: "Callbot", Name: bot.Name, UID: bot.UID, Controller: &yes,
			}},
		},
		Immutable: &yes, Data: map[string]string{"bot.json": text},
	}
}

func renderSecret(bot *Callbot, data map[string][]byte) *corev1.Secret {
	yes := true
	return &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: bot.Namespace, Name: secretName(bot), Labels: labelsOf(bot, "voice"),
			OwnerReferences: []metav1.OwnerReference{{
				APIVersion: groupVersion.String(), Kind: "Callbot", Name: bot.Name, UID: bot.UID, Controller: &yes,
			}},
		},
		Type: "callbots.dev/sip-tls", Data: data,
	}
}

func renderRoute(bot *Callbot, numbers []string, epoch int64) *accore.ConfigMapApplyConfiguration {
	integrations := make([]string, 0, len(bot.Spec.IntegrationRefs))
	for _, ref := range bot.Spec.IntegrationRefs {
		integrations = append(integrations, ref.Name)
	}
	slices.Sort(integrations)
	fallback := bot.Spec.Fallback
	var media struct {
		SIPTransport string `json:"sipTransport"`
		SRTP         string `json:"srtp"`
	}
	if err := json.Unmarshal(bot.Spec.Media, &media); err != nil {
		panic(err) // the API server has checked it
	}
	route, err := json.Marshal(map[string]any{
		"callbot": map[string]any{"namespace": bot.Namespace, "name": bot.Name, "uid": bot.UID},
		"epoch":   epoch, "numbers": sorted(numbers), "zones": sorted(bot.Spec.Zones), "integrations": integrations,
		"service": map[string]any{"name": bot.Name, "port": 5061, "transport": "TLS"},
		"media":   media,
		"fallback": map[string]any{
			"number": fallback.Number, "integration": fallback.IntegrationRef.Name, "causes": sorted(fallback.Causes),
		},
	})
	if err != nil {
		panic(err) // strings and numbers only
	}
	return accore.ConfigMap(routeName(bot.Namespace, bot.Name), operatorNamespace).
		WithLabels(labelsOf(bot, "route")).
		WithAnnotations(map[string]string{
			namespaceAnnotation: bot.Namespace, callbotUIDAnnotation: string(bot.UID),
			epochAnnotation: strconv.FormatInt(epoch, 10),
		}).
		WithData(map[string]string{"route": string(route)})
}

// sorted is a copy in order, and an empty list rather than none.
func sorted(items []string) []string {
	out := append([]string{}, items...)
	slices.Sort(out)
	return out
}

func routeName(namespace, bot string) string { return fmt.Sprintf("route.%s.%s", namespace, bot) }

func secretName(bot *Callbot) string { return bot.Name + "-sip-tls" }

func dnsNames(bot *Callbot) []string {
	service := fmt.Sprintf("%s.%s.svc", bot.Name, bot.Namespace)
	return []string{service, service + ".cluster.local"}
}

func desiredReplicas(bot *Callbot) int32 {
	bounds := bot.Spec.Capacity
	wanted := bounds.MinReplicas
	if bounds.Replicas != nil {
		wanted = *bounds.Replicas
	}
	return min(max(wanted, bounds.MinReplicas), max(bounds.MaxReplicas, bounds.MinReplicas))
}
