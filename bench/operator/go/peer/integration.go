package main

import (
	"encoding/json"
	"fmt"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
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
