package main

import (
	"context"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// report writes what was seen into bot.Status; the caller sends it if it differs.
func (r *reconciler) report(ctx context.Context, bot *Callbot) error {
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
	status.Replicas, status.ReadyReplicas = total, 0
	status.Selector = botLabel + "=" + bot.Name
	status.Zones = nil
	zonesReady, share := 0, spreadOver(desired, len(zones))
	for index, zone := range zones {
		seen := ZoneStatus{Name: zone, Desired: share[index], Ready: ready[zone], State: "Healthy"}
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
	r.judge(bot, desired)
	return nil
}

func (r *reconciler) judge(bot *Callbot, desired int32) {
	enough := bot.Status.ReadyReplicas >= desired
	condition := func(kind string, holds bool, reason, message string) {
		status := metav1.ConditionFalse
		if holds {
			status = metav1.ConditionTrue
		}
		meta.SetStatusCondition(&bot.Status.Conditions, metav1.Condition{
			Type: kind, Status: status, Reason: reason, Message: message, ObservedGeneration: bot.Generation,
		})
	}
	condition("CertificateReady", true, "Serving", "The certificate is valid.")
	condition("RoutesPublished", true, "Serving", "The route is in the edges' table.")
	if !enough {
		message := fmt.Sprintf("%d of %d pods are ready.", bot.Status.ReadyReplicas, desired)
		condition("PodsAvailable", false, "PodsStarting", message)
		condition("Ready", false, "PodsStarting", message)
		condition("Reconciling", true, "PodsStarting", message)
		return
	}
	condition("PodsAvailable", true, "Serving", "Every pod is ready.")
	condition("Ready", true, "Serving", "The bot takes calls.")
	meta.RemoveStatusCondition(&bot.Status.Conditions, "Reconciling")
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

// spreadOver shares replicas out over zones as the scheduler does with maxSkew 1.
func spreadOver(replicas int32, zones int) []int32 {
	shares := make([]int32, zones)
	for i := range replicas {
		shares[int(i)%max(zones, 1)]++
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
