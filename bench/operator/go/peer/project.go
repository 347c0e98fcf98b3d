package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	acapps "k8s.io/client-go/applyconfigurations/apps/v1"
	accore "k8s.io/client-go/applyconfigurations/core/v1"
	acnetworking "k8s.io/client-go/applyconfigurations/networking/v1"
	acpolicy "k8s.io/client-go/applyconfigurations/policy/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// appliedAnnotation lives in the cache only: the fingerprint of the fields that we own in the live object. It is
// computed when an object enters the cache, so that the object itself need not be kept: an apply is needed if and only
// if this differs from the fingerprint of what we would apply.
const appliedAnnotation = "cache.callbots.dev/applied"

func fingerprint(applyConfiguration any) string {
	text, err := json.Marshal(applyConfiguration)
	if err != nil {
		panic(err) // an apply configuration is plain data
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:16])
}

// slim is the metadata that the reconcile needs of a child, and nothing else.
func slim(object client.Object, applied string) metav1.ObjectMeta {
	annotations := map[string]string{appliedAnnotation: applied}
	if epoch, ok := object.GetAnnotations()[epochAnnotation]; ok {
		annotations[epochAnnotation] = epoch
		annotations[callbotUIDAnnotation] = object.GetAnnotations()[callbotUIDAnnotation]
		annotations[namespaceAnnotation] = object.GetAnnotations()[namespaceAnnotation]
	}
	return metav1.ObjectMeta{
		Namespace:       object.GetNamespace(),
		Name:            object.GetName(),
		UID:             object.GetUID(),
		ResourceVersion: object.GetResourceVersion(),
		OwnerReferences: object.GetOwnerReferences(),
		Labels:          map[string]string{botLabel: object.GetLabels()[botLabel]},
		Annotations:     annotations,
	}
}

func projectDeployment(in any) (any, error) {
	live, ok := in.(*appsv1.Deployment)
	if !ok || isSlim(live) {
		return in, nil
	}
	owned, err := acapps.ExtractDeployment(live, fieldManager)
	if err != nil {
		return nil, fmt.Errorf("extract Deployment: %w", err)
	}
	return &appsv1.Deployment{ObjectMeta: slim(live, fingerprint(owned))}, nil
}

func projectService(in any) (any, error) {
	live, ok := in.(*corev1.Service)
	if !ok || isSlim(live) {
		return in, nil
	}
	owned, err := accore.ExtractService(live, fieldManager)
	if err != nil {
		return nil, fmt.Errorf("extract Service: %w", err)
	}
	return &corev1.Service{ObjectMeta: slim(live, fingerprint(owned))}, nil
}

func projectBudget(in any) (any, error) {
	live, ok := in.(*policyv1.PodDisruptionBudget)
	if !ok || isSlim(live) {
		return in, nil
	}
	owned, err := acpolicy.ExtractPodDisruptionBudget(live, fieldManager)
	if err != nil {
		return nil, fmt.Errorf("extract PodDisruptionBudget: %w", err)
	}
	return &policyv1.PodDisruptionBudget{ObjectMeta: slim(live, fingerprint(owned))}, nil
}

func projectNetworkPolicy(in any) (any, error) {
	live, ok := in.(*networkingv1.NetworkPolicy)
	if !ok || isSlim(live) {
		return in, nil
	}
	owned, err := acnetworking.ExtractNetworkPolicy(live, fieldManager)
	if err != nil {
		return nil, fmt.Errorf("extract NetworkPolicy: %w", err)
	}
	return &networkingv1.NetworkPolicy{ObjectMeta: slim(live, fingerprint(owned))}, nil
}

func projectConfigMap(in any) (any, error) {
	live, ok := in.(*corev1.ConfigMap)
	if !ok || isSlim(live) {
		return in, nil
	}
	owned, err := accore.ExtractConfigMap(live, fieldManager)
	if err != nil {
		return nil, fmt.Errorf("extract ConfigMap: %w", err)
	}
	return &corev1.ConfigMap{ObjectMeta: slim(live, fingerprint(owned))}, nil
}

// projectPod keeps whose pod it is, where it runs and whether it is ready.
func projectPod(in any) (any, error) {
	live, ok := in.(*corev1.Pod)
	if !ok {
		return in, nil
	}
	out := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{
		Namespace:         live.Namespace,
		Name:              live.Name,
		UID:               live.UID,
		ResourceVersion:   live.ResourceVersion,
		DeletionTimestamp: live.DeletionTimestamp,
		Labels:            map[string]string{botLabel: live.Labels[botLabel]},
	}}
	out.Spec.NodeName = live.Spec.NodeName
	if name := configurationOf(live); name != "" {
		out.Spec.Volumes = []corev1.Volume{{Name: "bot", VolumeSource: corev1.VolumeSource{
			ConfigMap: &corev1.ConfigMapVolumeSource{LocalObjectReference: corev1.LocalObjectReference{Name: name}},
		}}}
	}
	for _, condition := range live.Status.Conditions {
		if condition.Type == corev1.PodReady {
			out.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: condition.Status}}
		}
	}
	return out, nil
}

func projectNode(in any) (any, error) {
	live, ok := in.(*corev1.Node)
	if !ok {
		return in, nil
	}
	out := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: live.Name, UID: live.UID, ResourceVersion: live.ResourceVersion}}
	out.Labels = map[string]string{corev1.LabelTopologyZone: live.Labels[corev1.LabelTopologyZone]}
	return out, nil
}

// projectCallbot drops what only the API server and kubectl need, and keeps a digest of what goes to the pods.
func projectCallbot(in any) (any, error) {
	live, ok := in.(*Callbot)
	if !ok {
		return in, nil
	}
	live.ManagedFields = nil
	delete(live.Annotations, corev1.LastAppliedConfigAnnotation)
	if _, done := live.Annotations[configurationAnnotation]; done {
		return in, nil
	}
	digest, err := digest(live.Spec.content())
	if err != nil {
		return nil, fmt.Errorf("digest of Callbot: %w", err)
	}
	if live.Annotations == nil {
		live.Annotations = map[string]string{}
	}
	live.Annotations[configurationAnnotation] = digest
	spec := &live.Spec
	live.Spec = CallbotSpec{
		Numbers: spec.Numbers, Zones: spec.Zones, Capacity: spec.Capacity, Drain: spec.Drain,
		Fallback: spec.Fallback, IntegrationRefs: spec.IntegrationRefs, Media: spec.Media,
	}
	return live, nil
}

// An informer may hand an object that it has projected before to the projection again (a resync, a tombstone).
func isSlim(object client.Object) bool {
	_, slim := object.GetAnnotations()[appliedAnnotation]
	return slim
}
