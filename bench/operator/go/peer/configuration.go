package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// configurationAnnotation lives in the cache only: the digest of the parts of the spec that go to the pods, computed when
// a Callbot enters the cache, so that the parts themselves need not be kept.
const configurationAnnotation = "cache.callbots.dev/configuration"

// The load has no RetentionPolicy, and without one nothing leaves a call.
var policyOfNone = map[string]any{"collect": []string{}, "callMetadata": "NotKept"}

// content is what the pods of a bot are told, as bot.json, but for what their Integrations add.
func (spec *CallbotSpec) content() map[string]any {
	told := map[string]any{
		"language": spec.Language, "tests": spec.Tests, "speech": spec.Speech, "turnTaking": spec.TurnTaking,
		"fallback": spec.Fallback, "media": spec.Media, "integrations": spec.IntegrationRefs,
		"capacity": map[string]any{"callsPerPod": spec.Capacity.CallsPerPod},
		"drain":    map[string]any{"deadlineSeconds": spec.Drain.DeadlineSeconds},
	}
	maps.Copy(told, policyOfNone)
	if spec.Dialog.Inline != nil {
		told["dialog"] = spec.Dialog.Inline
	}
	if spec.LLM != nil {
		told["llm"] = spec.LLM
	}
	return told
}

// canonical is JSON with the keys in order, without the escapes that Go adds for HTML.
func canonical(value any) ([]byte, error) {
	text, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var plain any // maps instead of raw parts, so that their keys are put in order
	if err := decoder.Decode(&plain); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(plain); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), nil
}

func digest(value any) (string, error) {
	text, err := canonical(value)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:16]), nil
}

// configurationName says what is in it, so a pod that was made for one version can't be given another.
func configurationName(bot *Callbot, around *surroundings) (string, error) {
	specDigest, ok := bot.Annotations[configurationAnnotation]
	if !ok {
		return "", fmt.Errorf("Callbot %s/%s has no digest", bot.Namespace, bot.Name)
	}
	policy, err := digest(policyOfNone)
	if err != nil {
		return "", err
	}
	content := map[string]any{"spec": specDigest, "policy": policy}
	if len(around.digests) > 0 {
		integrations, err := digest(around.digests)
		if err != nil {
			return "", err
		}
		content["integrations"] = integrations
	}
	whole, err := digest(content)
	if err != nil {
		return "", err
	}
	return bot.Name + "-" + whole[:10], nil
}

// ensureConfiguration writes the ConfigMap of that name unless the status says that it is there. The caches hold no
// dialogs, so the Callbot is read for it.
func (r *reconciler) ensureConfiguration(ctx context.Context, bot *Callbot, around *surroundings, name string) error {
	held := bot.Status.Configuration
	if held != nil && held.Name == name {
		return nil
	}
	whole := &Callbot{}
	if err := r.reader.Get(ctx, client.ObjectKeyFromObject(bot), whole); err != nil {
		return err
	}
	if whole.UID != bot.UID || whole.Generation != bot.Generation {
		return fmt.Errorf("Callbot %s/%s is another by now", bot.Namespace, bot.Name)
	}
	content, madeAt := whole.Spec.content(), r.clock().UTC().Format("2006-01-02T15:04:05.000Z")
	content["integrations"], content["testsAt"] = around.told, madeAt
	text, err := canonical(content)
	if err != nil {
		return err
	}
	if err := r.replaceConfigMap(ctx, renderConfiguration(bot, name, string(text))); err != nil {
		return fmt.Errorf("write ConfigMap: %w", err)
	}
	status := &ConfigurationStatus{Name: name, MadeAt: madeAt}
	if held != nil {
		status.Former = append(slices.Clone(held.Former), held.Name)
	}
	bot.Status.Configuration = status
	return nil
}

// replaceConfigMap neither reads nor patches: other ConfigMaps are none of the operator's business.
func (r *reconciler) replaceConfigMap(ctx context.Context, configMap *corev1.ConfigMap) error {
	err := r.Create(ctx, configMap, client.FieldOwner(fieldManager), client.DisableReadYourWritesConsistency)
	if !apierrors.IsAlreadyExists(err) {
		return err
	}
	if err := r.Delete(ctx, configMap, client.DisableReadYourWritesConsistency); client.IgnoreNotFound(err) != nil {
		return err
	}
	configMap.ResourceVersion, configMap.UID = "", types.UID("")
	return r.Create(ctx, configMap, client.FieldOwner(fieldManager), client.DisableReadYourWritesConsistency)
}

// removeConfigurations ends those of before once all pods that should be there were made with the present one.
func (r *reconciler) removeConfigurations(ctx context.Context, bot *Callbot) error {
	held := bot.Status.Configuration
	if held == nil || len(held.Former) == 0 {
		return nil
	}
	pods := &corev1.PodList{}
	if err := r.List(ctx, pods, client.InNamespace(bot.Namespace), client.MatchingFields{podsByBot: bot.Name}); err != nil {
		return err
	}
	current, used := int32(0), map[string]bool{}
	for i := range pods.Items {
		name := configurationOf(&pods.Items[i])
		used[name] = true
		if name == held.Name && podIsReady(&pods.Items[i]) && pods.Items[i].DeletionTimestamp == nil {
			current++
		}
	}
	if current < desiredReplicas(bot) {
		return nil
	}
	var left []string
	for _, name := range held.Former {
		if used[name] {
			left = append(left, name)
			continue
		}
		gone := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: bot.Namespace, Name: name}}
		if err := r.Delete(ctx, gone, client.DisableReadYourWritesConsistency); client.IgnoreNotFound(err) != nil {
			return err
		}
	}
	held.Former = left
	return nil
}

func configurationOf(pod *corev1.Pod) string {
	for _, volume := range pod.Spec.Volumes {
		if volume.Name == "bot" && volume.ConfigMap != nil {
			return volume.ConfigMap.Name
		}
	}
	return ""
}
