// The same reconcile as the callbot operator's, written with Go and controller-runtime as an expert would: typed
// server-side apply, caches that keep only what the reconcile reads, read-your-writes, no client-side rate limit.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
)

func main() {
	concurrency := flag.Int("concurrency", 16, "Callbots reconciled at the same time")
	flag.Parse()
	if err := run(ctrl.SetupSignalHandler(), *concurrency); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, concurrency int) error {
	ctrl.SetLogger(zap.New())
	scheme := runtime.NewScheme()
	if err := clientgoscheme.AddToScheme(scheme); err != nil {
		return err
	}
	addKindsToScheme(scheme)
	config, err := ctrl.GetConfig()
	if err != nil {
		return err
	}
	config.QPS = -1 // the API server's priority and fairness does it better
	manager, err := ctrl.NewManager(config, managerOptions(scheme))
	if err != nil {
		return err
	}
	direct, err := client.New(config, client.Options{Scheme: scheme})
	if err != nil {
		return err
	}
	authority, err := loadAuthority(ctx, direct)
	if err != nil {
		return err
	}
	err = manager.GetFieldIndexer().IndexField(ctx, &corev1.Pod{}, podsByBot, func(pod client.Object) []string {
		return []string{pod.GetLabels()[botLabel]}
	})
	if err != nil {
		return err
	}
	if err := indexBots(ctx, manager.GetFieldIndexer()); err != nil {
		return err
	}
	r := &reconciler{Client: manager.GetClient(), reader: manager.GetAPIReader(), authority: authority, clock: time.Now}
	if err := setup(manager, r, concurrency); err != nil {
		return err
	}
	return manager.Start(ctx)
}

func managerOptions(scheme *runtime.Scheme) ctrl.Options {
	yes := true
	ours := labels.SelectorFromSet(labels.Set{managedByLabel: fieldManager})
	// Nothing in the reconcile changes what it reads from these caches, so it may read them without a copy.
	shared := func(transform func(any) (any, error)) cache.ByObject {
		return cache.ByObject{Label: ours, Transform: transform, UnsafeDisableDeepCopy: &yes}
	}
	routes := shared(projectConfigMap)
	routes.Namespaces = map[string]cache.Config{operatorNamespace: {}}
	lease, renew, retry := 6*time.Second, 4*time.Second, 1500*time.Millisecond
	return ctrl.Options{
		Scheme: scheme,
		Cache: cache.Options{ByObject: map[client.Object]cache.ByObject{
			&Callbot{}:                      {Transform: projectCallbot},
			&Integration{}:                  {Transform: projectIntegration, UnsafeDisableDeepCopy: &yes},
			&appsv1.Deployment{}:            shared(projectDeployment),
			&corev1.Service{}:               shared(projectService),
			&policyv1.PodDisruptionBudget{}: shared(projectBudget),
			&networkingv1.NetworkPolicy{}:   shared(projectNetworkPolicy),
			&corev1.ConfigMap{}:             routes,
			&corev1.Pod{}:                   shared(projectPod),
			&corev1.Node{}:                  {Transform: projectNode, UnsafeDisableDeepCopy: &yes},
		}},
		Client:                        client.Options{Cache: &client.CacheOptions{EnableReadYourWritesConsistency: &yes}},
		LeaderElection:                true,
		LeaderElectionID:              "callbot-operator",
		LeaderElectionNamespace:       operatorNamespace,
		LeaderElectionReleaseOnCancel: true,
		LeaseDuration:                 &lease, RenewDeadline: &renew, RetryPeriod: &retry,
		Metrics: metricsserver.Options{BindAddress: "127.0.0.1:0"},
	}
}

func setup(manager ctrl.Manager, r *reconciler, concurrency int) error {
	childChanged := builder.WithPredicates(predicate.Funcs{
		UpdateFunc: func(e event.UpdateEvent) bool {
			return e.ObjectOld.GetAnnotations()[appliedAnnotation] != e.ObjectNew.GetAnnotations()[appliedAnnotation]
		},
	})
	podChanged := builder.WithPredicates(predicate.Funcs{
		UpdateFunc: func(e event.UpdateEvent) bool {
			before, after := e.ObjectOld.(*corev1.Pod), e.ObjectNew.(*corev1.Pod)
			return podIsReady(before) != podIsReady(after) || before.Spec.NodeName != after.Spec.NodeName ||
				(before.DeletionTimestamp == nil) != (after.DeletionTimestamp == nil)
		},
	})
	request := func(namespace, name string) []reconcile.Request {
		return []reconcile.Request{{NamespacedName: types.NamespacedName{Namespace: namespace, Name: name}}}
	}
	ofPod := handler.EnqueueRequestsFromMapFunc(func(_ context.Context, pod client.Object) []reconcile.Request {
		return request(pod.GetNamespace(), pod.GetLabels()[botLabel])
	})
	ofRoute := handler.EnqueueRequestsFromMapFunc(func(_ context.Context, route client.Object) []reconcile.Request {
		return request(route.GetAnnotations()[namespaceAnnotation], route.GetLabels()[botLabel])
	})
	ofIntegration := handler.EnqueueRequestsFromMapFunc(func(ctx context.Context, integration client.Object) []reconcile.Request {
		bots := &CallbotList{}
		named := client.MatchingFields{botsByIntegration: integration.GetName()}
		if err := r.List(ctx, bots, client.InNamespace(integration.GetNamespace()), named, client.UnsafeDisableDeepCopy); err != nil {
			return nil // the cache has no such index: a bug that the first reconcile would tell
		}
		var requests []reconcile.Request
		for i := range bots.Items {
			requests = append(requests, request(bots.Items[i].Namespace, bots.Items[i].Name)...)
		}
		return requests
	})
	return ctrl.NewControllerManagedBy(manager).
		For(&Callbot{}, builder.WithPredicates(predicate.GenerationChangedPredicate{})).
		Owns(&appsv1.Deployment{}, childChanged).
		Owns(&corev1.Service{}, childChanged).
		Owns(&policyv1.PodDisruptionBudget{}, childChanged).
		Owns(&networkingv1.NetworkPolicy{}, childChanged).
		Watches(&corev1.ConfigMap{}, ofRoute, childChanged).
		Watches(&corev1.Pod{}, ofPod, podChanged).
		Watches(&Integration{}, ofIntegration, builder.WithPredicates(predicate.GenerationChangedPredicate{})).
		WithOptions(controller.Options{MaxConcurrentReconciles: concurrency}).
		Complete(r)
}
