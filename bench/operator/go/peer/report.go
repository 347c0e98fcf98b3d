package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// report writes what was seen into bot.Status; the caller sends it if it differs.
func (r *reconciler) report(ctx context.Context, bot *Callbot, around *surroundings) error {
	ready, total, err := r.countPods(ctx, bot)
	if err != nil {
		return err
	}
	zones, err := r.zonesOf(ctx, bot)
	if err != nil {
		return err
	}
	status, desired := &bot.Status, desiredReplicas(bot)
	status.ObservedGeneration = bot.Generation
	status.DesiredReplicas, status.Replicas, status.ReadyReplicas = desired, total, 0
	status.Selector = botLabel + "=" + bot.Name
	status.Zones = nil
	zonesReady, share := 0, spreadOver(desired, zones, ready)
	for _, zone := range zones {
		seen := ZoneStatus{Name: zone, Desired: share[zone], Ready: ready[zone], State: "Healthy"}
		if seen.Ready < seen.Desired {
			seen.State = "Degraded"
		} else {
			zonesReady++
		}
		status.ReadyReplicas += seen.Ready
		status.Zones = append(status.Zones, seen)
	}
	status.Ready = fmt.Sprintf("%d/%d", status.ReadyReplicas, desired)
	status.ZonesReady = fmt.Sprintf("%d/%d", zonesReady, len(zones))
	status.Numbers = around.numbers
	status.Routes = fmt.Sprintf("%d/%d", len(around.numbers), len(bot.Spec.Numbers))
	status.Fallback = "Declared"
	if around.missing == bot.Spec.Fallback.IntegrationRef.Name {
		status.Fallback = "Missing"
	}
	r.judge(bot, around, desired)
	return nil
}

const asSpecified = "as specified."

// judge sets a condition for each side of the bot, in the order in which causes come; Ready is the first that is false.
func (r *reconciler) judge(bot *Callbot, around *surroundings, desired int32) {
	status := &bot.Status
	starting := fmt.Sprintf("%d of %d pods take calls; the others are starting.", status.ReadyReplicas, desired)
	summary := metav1.Condition{
		Type: "Ready", Status: metav1.ConditionTrue, Reason: "Serving",
		Message: fmt.Sprintf("%d of %d pods take calls in %d zones.", status.ReadyReplicas, desired, len(status.Zones)),
	}
	set := func(condition metav1.Condition) {
		condition.ObservedGeneration = bot.Generation
		meta.SetStatusCondition(&status.Conditions, condition)
	}
	judge := func(kind string, holds bool, reason, message string) {
		condition := metav1.Condition{Type: kind, Status: metav1.ConditionTrue, Reason: "AsSpecified", Message: asSpecified}
		if !holds {
			condition.Status, condition.Reason, condition.Message = metav1.ConditionFalse, reason, message
			if summary.Status == metav1.ConditionTrue {
				summary = condition
				summary.Type = "Ready"
			}
		}
		set(condition)
	}
	judge("ReferencesResolved", around.missing == "", "IntegrationNotFound", fmt.Sprintf("Integration %s does not exist.", around.missing))
	judge("DialogValid", true, "", "")
	if status.ReadyReplicas > 0 {
		judge("TestsPassed", true, "", "") // a pod that is ready has passed them
	}
	judge("CertificateReady", true, "", "")
	judge("RoutesPublished", len(around.numbers) == len(bot.Spec.Numbers), "NumberTaken", "An older Callbot has one of the numbers.")
	judge("ZonesHealthy", status.healthyEverywhere(), "PodsStarting", starting)
	judge("PodsAvailable", status.ReadyReplicas >= desired, "PodsStarting", starting)
	set(status.redundancy())
	set(summary)
	if summary.Status == metav1.ConditionTrue {
		meta.RemoveStatusCondition(&status.Conditions, "Reconciling")
		return
	}
	set(metav1.Condition{Type: "Reconciling", Status: metav1.ConditionTrue, Reason: summary.Reason, Message: summary.Message})
}

func (status *CallbotStatus) healthyEverywhere() bool {
	return !slices.ContainsFunc(status.Zones, func(zone ZoneStatus) bool { return zone.State != "Healthy" })
}

// redundancy is a fact of the cluster, on which Ready does not depend.
func (status *CallbotStatus) redundancy() metav1.Condition {
	used := 0
	for _, zone := range status.Zones {
		if zone.Desired > 0 {
			used++
		}
	}
	condition := metav1.Condition{Type: "ZoneRedundant", Status: metav1.ConditionTrue, Reason: "AsSpecified", Message: asSpecified}
	if used < 2 {
		condition.Status, condition.Reason, condition.Message = metav1.ConditionFalse, "OneZone", "All pods are in one zone."
	}
	return condition
}

// countPods counts the bot's ready pods by zone, and all of them.
func (r *reconciler) countPods(ctx context.Context, bot *Callbot) (map[string]int32, int32, error) {
	pods := &corev1.PodList{}
	err := r.List(ctx, pods, client.InNamespace(bot.Namespace), client.MatchingFields{podsByBot: bot.Name})
	if err != nil {
		return nil, 0, err
	}
	ready, total := map[string]int32{}, int32(0)
	for i := range pods.Items {
		pod := &pods.Items[i]
		if pod.DeletionTimestamp != nil {
			continue
		}
		total++
		if !podIsReady(pod) {
			continue
		}
		node := &corev1.Node{}
		if err := r.Get(ctx, client.ObjectKey{Name: pod.Spec.NodeName}, node); client.IgnoreNotFound(err) != nil {
			return nil, 0, err
		}
		ready[node.Labels[corev1.LabelTopologyZone]]++
	}
	return ready, total, nil
}

func (r *reconciler) zonesOf(ctx context.Context, bot *Callbot) ([]string, error) {
	if len(bot.Spec.Zones) > 0 {
		return slices.Sorted(slices.Values(bot.Spec.Zones)), nil
	}
	nodes := &corev1.NodeList{}
	if err := r.List(ctx, nodes); err != nil {
		return nil, err
	}
	var zones []string
	for _, node := range nodes.Items {
		zones = append(zones, node.Labels[corev1.LabelTopologyZone])
	}
	slices.Sort(zones)
	return slices.Compact(zones), nil
}

// spreadOver shares replicas out over zones as the scheduler does with maxSkew 1; what is over goes where most pods run.
func spreadOver(replicas int32, zones []string, running map[string]int32) map[string]int32 {
	shares, count := map[string]int32{}, int32(len(zones))
	fullest := slices.Clone(zones)
	slices.SortStableFunc(fullest, func(a, b string) int { return cmp.Compare(running[b], running[a]) })
	for index, zone := range fullest {
		shares[zone] = replicas / count
		if int32(index) < replicas%count {
			shares[zone]++
		}
	}
	return shares
}

func podIsReady(pod *corev1.Pod) bool {
	for _, condition := range pod.Status.Conditions {
		if condition.Type == corev1.PodReady {
			return condition.Status == corev1.ConditionTrue
		}
	}
	return false
}
