package main

import (
	"context"
	"slices"

	"sigs.k8s.io/controller-runtime/pkg/client"
)

const (
	botsByIntegration = "integration"
	botsByNumber      = "number"
)

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
