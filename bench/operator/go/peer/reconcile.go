package main

import (
	"context"
	"fmt"
	"strconv"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

const podsByBot = "bot"

type reconciler struct {
	client.Client
	// reader asks the API server itself, for what the caches leave out.
	reader    client.Reader
	authority *authority
	clock     func() time.Time
}

func (r *reconciler) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	bot := &Callbot{}
	if err := r.Get(ctx, request.NamespacedName, bot); err != nil {
		if apierrors.IsNotFound(err) {
			return ctrl.Result{}, r.withdrawRoute(ctx, request)
		}
		return ctrl.Result{}, err
	}
	if !bot.DeletionTimestamp.IsZero() {
		return ctrl.Result{}, nil
	}
	before := bot.DeepCopy()
	if err := r.ensureCertificate(ctx, bot); err != nil {
		return ctrl.Result{}, err
	}
	around, err := r.lookAround(ctx, bot)
	if err != nil {
		return ctrl.Result{}, err
	}
	configuration, err := configurationName(bot, around)
	if err != nil {
		return ctrl.Result{}, err
	}
	if err := r.ensureConfiguration(ctx, bot, around, configuration); err != nil {
		return ctrl.Result{}, err
	}
	if err := r.ensureChildren(ctx, bot, configuration); err != nil {
		return ctrl.Result{}, err
	}
	if err := r.ensureRoute(ctx, bot, around.numbers); err != nil {
		return ctrl.Result{}, err
	}
	if err := r.removeConfigurations(ctx, bot); err != nil {
		return ctrl.Result{}, err
	}
	if err := r.report(ctx, bot, around); err != nil {
		return ctrl.Result{}, err
	}
	if !equality.Semantic.DeepEqual(before.Status, bot.Status) {
		if err := r.Status().Patch(ctx, bot, client.MergeFrom(before), client.FieldOwner(fieldManager)); err != nil {
			return ctrl.Result{}, err
		}
	}
	renewal := r.authority.renewalTime(bot.Status.Certificate)
	return ctrl.Result{RequeueAfter: max(renewal.Sub(r.clock()), time.Second)}, nil
}

func (r *reconciler) ensureCertificate(ctx context.Context, bot *Callbot) error {
	if r.authority.renewalTime(bot.Status.Certificate).After(r.clock()) {
		return nil
	}
	data, status, err := r.authority.issue(dnsNames(bot))
	if err != nil {
		return fmt.Errorf("issue certificate: %w", err)
	}
	if err := r.replaceSecret(ctx, renderSecret(bot, data)); err != nil {
		return fmt.Errorf("write Secret: %w", err)
	}
	bot.Status.Certificate = status
	return nil
}

// replaceSecret never reads or patches: the right to patch Secrets would be the right to read them all. Nor may there be
// an informer for them, so read-your-writes stays off.
func (r *reconciler) replaceSecret(ctx context.Context, secret *corev1.Secret) error {
	err := r.Create(ctx, secret, client.FieldOwner(fieldManager), client.DisableReadYourWritesConsistency)
	if !apierrors.IsAlreadyExists(err) {
		return err
	}
	if err := r.Delete(ctx, secret, client.DisableReadYourWritesConsistency); client.IgnoreNotFound(err) != nil {
		return err
	}
	return r.Create(ctx, secret, client.FieldOwner(fieldManager), client.DisableReadYourWritesConsistency)
}

func (r *reconciler) ensureChildren(ctx context.Context, bot *Callbot, configuration string) error {
	key := client.ObjectKeyFromObject(bot)
	if err := r.ensure(ctx, key, &appsv1.Deployment{}, renderDeployment(bot, configuration)); err != nil {
		return err
	}
	if err := r.ensure(ctx, key, &corev1.Service{}, renderService(bot)); err != nil {
		return err
	}
	if err := r.ensure(ctx, key, &policyv1.PodDisruptionBudget{}, renderBudget(bot)); err != nil {
		return err
	}
	return r.ensure(ctx, key, &networkingv1.NetworkPolicy{}, renderNetworkPolicy(bot))
}

// ensure applies only what would change something.
func (r *reconciler) ensure(ctx context.Context, key types.NamespacedName, live client.Object, desired runtime.ApplyConfiguration) error {
	err := r.Get(ctx, key, live)
	if client.IgnoreNotFound(err) != nil {
		return err
	}
	if err == nil && live.GetAnnotations()[appliedAnnotation] == fingerprint(desired) {
		return nil
	}
	if err := r.Apply(ctx, desired, client.FieldOwner(fieldManager), client.ForceOwnership); err != nil {
		return fmt.Errorf("apply %T: %w", live, err)
	}
	return nil
}

func (r *reconciler) ensureRoute(ctx context.Context, bot *Callbot, numbers []string) error {
	live := &corev1.ConfigMap{}
	key := types.NamespacedName{Namespace: operatorNamespace, Name: routeName(bot.Namespace, bot.Name)}
	err := r.Get(ctx, key, live)
	if client.IgnoreNotFound(err) != nil {
		return err
	}
	epoch, _ := strconv.ParseInt(live.Annotations[epochAnnotation], 10, 64)
	ours := err == nil && live.Annotations[callbotUIDAnnotation] == string(bot.UID)
	if !ours || live.Annotations[appliedAnnotation] != fingerprint(renderRoute(bot, numbers, epoch)) {
		// Above everything seen, so that a clock that is set back can't make a new decision look old.
		epoch = max(r.clock().UnixMilli(), epoch+1, bot.Status.RouteEpoch+1)
		if err := r.Apply(ctx, renderRoute(bot, numbers, epoch), client.FieldOwner(fieldManager), client.ForceOwnership); err != nil {
			return fmt.Errorf("apply route: %w", err)
		}
	}
	bot.Status.RouteEpoch = epoch
	return nil
}

func (r *reconciler) withdrawRoute(ctx context.Context, request ctrl.Request) error {
	live := &corev1.ConfigMap{}
	key := types.NamespacedName{Namespace: operatorNamespace, Name: routeName(request.Namespace, request.Name)}
	if err := r.Get(ctx, key, live); err != nil {
		return client.IgnoreNotFound(err)
	}
	return client.IgnoreNotFound(r.Delete(ctx, live, client.Preconditions{UID: &live.UID}))
}
