package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

const (
	botsByIntegration = "integration"
	botsByNumber      = "number"
)

// Integration holds the part of the kind that bots are told of.
type Integration struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`
	Spec              IntegrationSpec `json:"spec,omitempty"`
}

type IntegrationSpec struct {
	SIP  *SIP            `json:"sip,omitempty"`
	HTTP json.RawMessage `json:"http,omitempty"`
}

type SIP struct {
	Trunks          []Trunk  `json:"trunks,omitempty"`
	Media           []string `json:"media,omitempty"`
	TransferMethods []string `json:"transferMethods"`
	HandOver        []string `json:"handOver"`
	CallerNumber    string   `json:"callerNumber"`
	UserAgent       string   `json:"userAgent,omitempty"`
}

type Trunk struct {
	SRTP string `json:"srtp"`
}

type IntegrationList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []Integration `json:"items"`
}

// DeepCopyObject is as flat as a copy may be: nothing changes what the caches hold of Integrations.
func (in *Integration) DeepCopyObject() runtime.Object {
	out := *in
	in.ObjectMeta.DeepCopyInto(&out.ObjectMeta)
	return &out
}

func (in *IntegrationList) DeepCopyObject() runtime.Object {
	out := &IntegrationList{TypeMeta: in.TypeMeta, Items: slices.Clone(in.Items)}
	in.ListMeta.DeepCopyInto(&out.ListMeta)
	return out
}

// toldIntegration is what pods are told of an Integration. Where its trunks lie is the edges' business.
type toldIntegration struct {
	Name string          `json:"name"`
	SIP  *SIP            `json:"sip,omitempty"`
	HTTP json.RawMessage `json:"http,omitempty"`
}

// projectIntegration keeps what pods are told, and the digest of it.
func projectIntegration(in any) (any, error) {
	live, ok := in.(*Integration)
	if !ok {
		return in, nil
	}
	if _, done := live.Annotations[configurationAnnotation]; done {
		return in, nil
	}
	if sip := live.Spec.SIP; sip != nil {
		for _, trunk := range sip.Trunks {
			sip.Media = append(sip.Media, trunk.SRTP)
		}
		slices.Sort(sip.Media)
		sip.Media, sip.Trunks = slices.Compact(sip.Media), nil
	}
	digest, err := digest(toldIntegration{SIP: live.Spec.SIP, HTTP: live.Spec.HTTP})
	if err != nil {
		return nil, fmt.Errorf("digest of Integration: %w", err)
	}
	live.ManagedFields = nil
	live.Annotations = map[string]string{configurationAnnotation: digest}
	return live, nil
}

// surroundings is what a bot depends on and is no part of it.
type surroundings struct {
	told []toldIntegration
	// digests are pairs of an Integration's name and the digest of what is told of it.
	digests [][2]string
	// missing is an Integration that the bot names and that is not there; empty when all are.
	missing string
	// numbers are those of the bot that no bot before it has claimed.
	numbers []string
}

func (r *reconciler) lookAround(ctx context.Context, bot *Callbot) (*surroundings, error) {
	around := &surroundings{}
	for _, ref := range bot.Spec.IntegrationRefs {
		live := &Integration{}
		err := r.Get(ctx, client.ObjectKey{Namespace: bot.Namespace, Name: ref.Name}, live)
		if client.IgnoreNotFound(err) != nil {
			return nil, err
		}
		told := toldIntegration{Name: ref.Name}
		if err != nil {
			around.missing = ref.Name
		} else {
			told.SIP, told.HTTP = live.Spec.SIP, live.Spec.HTTP
			around.digests = append(around.digests, [2]string{ref.Name, live.Annotations[configurationAnnotation]})
		}
		around.told = append(around.told, told)
	}
	slices.SortFunc(around.digests, func(a, b [2]string) int { return slices.Compare(a[:], b[:]) })
	fallback := client.ObjectKey{Namespace: bot.Namespace, Name: bot.Spec.Fallback.IntegrationRef.Name}
	if err := r.Get(ctx, fallback, &Integration{}); client.IgnoreNotFound(err) != nil {
		return nil, err
	} else if err != nil {
		around.missing = fallback.Name
	}
	return around, r.claimNumbers(ctx, bot, around)
}

// claimNumbers gives the bot each number that no bot made before it names too; of the same second, the smaller UID is first.
func (r *reconciler) claimNumbers(ctx context.Context, bot *Callbot, around *surroundings) error {
	for _, number := range bot.Spec.Numbers {
		claims := &CallbotList{}
		if err := r.List(ctx, claims, client.MatchingFields{botsByNumber: number}, client.UnsafeDisableDeepCopy); err != nil {
			return err
		}
		if !slices.ContainsFunc(claims.Items, func(other Callbot) bool { return other.isBefore(bot) }) {
			around.numbers = append(around.numbers, number)
		}
	}
	return nil
}

func (bot *Callbot) isBefore(other *Callbot) bool {
	if !bot.CreationTimestamp.Equal(&other.CreationTimestamp) {
		return bot.CreationTimestamp.Before(&other.CreationTimestamp)
	}
	return bot.UID < other.UID
}

// indexBots lets bots be found by what they name.
func indexBots(ctx context.Context, indexer client.FieldIndexer) error {
	err := indexer.IndexField(ctx, &Callbot{}, botsByNumber, func(bot client.Object) []string {
		return bot.(*Callbot).Spec.Numbers
	})
	if err != nil {
		return err
	}
	return indexer.IndexField(ctx, &Callbot{}, botsByIntegration, func(object client.Object) []string {
		spec := object.(*Callbot).Spec
		names := []string{spec.Fallback.IntegrationRef.Name}
		for _, ref := range spec.IntegrationRefs {
			names = append(names, ref.Name)
		}
		slices.Sort(names)
		return slices.Compact(names)
	})
}
