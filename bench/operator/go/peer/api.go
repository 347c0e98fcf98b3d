package main

import (
	"encoding/json"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

var groupVersion = schema.GroupVersion{Group: "callbots.dev", Version: "v1alpha1"}

// Callbot holds the part of the kind that the reconcile reads and writes. What goes to the pods and nowhere else stays as
// it came, and out of the cache, as it does in the operator that this one is measured beside.
type Callbot struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`
	Spec              CallbotSpec   `json:"spec,omitempty"`
	Status            CallbotStatus `json:"status,omitempty"`
}

type CallbotSpec struct {
	Numbers  []string `json:"numbers,omitempty"`
	Zones    []string `json:"zones,omitempty"`
	Capacity Capacity `json:"capacity,omitempty"`
	Drain    Drain    `json:"drain,omitempty"`

	IntegrationRefs []Ref    `json:"integrationRefs,omitempty"`
	Fallback        Fallback `json:"fallback,omitempty"`

	Language   string          `json:"language,omitempty"`
	Dialog     Dialog          `json:"dialog,omitempty"`
	Tests      json.RawMessage `json:"tests,omitempty"`
	Speech     json.RawMessage `json:"speech,omitempty"`
	LLM        json.RawMessage `json:"llm,omitempty"`
	TurnTaking json.RawMessage `json:"turnTaking,omitempty"`
	Media      json.RawMessage `json:"media,omitempty"`
}

type Ref struct {
	Name string `json:"name"`
}

// Fallback is the emergency number.
type Fallback struct {
	Number         string          `json:"number"`
	IntegrationRef Ref             `json:"integrationRef"`
	Causes         []string        `json:"causes"`
	Say            json.RawMessage `json:"say,omitempty"`
}

type Dialog struct {
	Inline json.RawMessage `json:"inline,omitempty"`
}

type Capacity struct {
	Replicas    *int32 `json:"replicas,omitempty"`
	MinReplicas int32  `json:"minReplicas,omitempty"`
	MaxReplicas int32  `json:"maxReplicas,omitempty"`
	CallsPerPod int64  `json:"callsPerPod,omitempty"`
}

type Drain struct {
	DeadlineSeconds int64 `json:"deadlineSeconds,omitempty"`
}

type CallbotStatus struct {
	ObservedGeneration int64              `json:"observedGeneration,omitempty"`
	Conditions         []metav1.Condition `json:"conditions,omitempty"`
	DesiredReplicas    int32              `json:"desiredReplicas"`
	Replicas           int32              `json:"replicas"`
	ReadyReplicas      int32              `json:"readyReplicas"`
	Ready              string             `json:"ready,omitempty"`
	Selector           string             `json:"selector,omitempty"`
	Zones              []ZoneStatus       `json:"zones,omitempty"`
	ZonesReady         string             `json:"zonesReady,omitempty"`
	Fallback           string             `json:"fallback,omitempty"`
	Numbers            []string           `json:"numbers,omitempty"`
	Routes             string             `json:"routes,omitempty"`
	RouteEpoch         int64              `json:"routeEpoch,omitempty"`
	Certificate        *CertificateStatus `json:"certificate,omitempty"`

	Configuration *ConfigurationStatus `json:"configuration,omitempty"`
}

// ConfigurationStatus names the ConfigMap that new pods get, and those before it that may still be there.
type ConfigurationStatus struct {
	Name string `json:"name"`
	// MadeAt is when it was first written: the bot's tests take place then.
	MadeAt string   `json:"madeAt,omitempty"`
	Former []string `json:"former,omitempty"`
}

type ZoneStatus struct {
	Name    string `json:"name"`
	Desired int32  `json:"desired"`
	Ready   int32  `json:"ready"`
	State   string `json:"state"`
}

// CertificateStatus is what the operator remembers of the certificate that it issued: it never reads the Secret.
type CertificateStatus struct {
	Serial    string      `json:"serial"`
	Issuer    string      `json:"issuer"`
	Bundle    string      `json:"bundle"`
	NotBefore metav1.Time `json:"notBefore"`
	NotAfter  metav1.Time `json:"notAfter"`
}

type CallbotList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []Callbot `json:"items"`
}

func addKindsToScheme(scheme *runtime.Scheme) {
	scheme.AddKnownTypes(groupVersion, &Callbot{}, &CallbotList{}, &Integration{}, &IntegrationList{})
	metav1.AddToGroupVersion(scheme, groupVersion)
}

// DeepCopyInto copies what a generator would copy.
func (in *CallbotStatus) DeepCopyInto(out *CallbotStatus) {
	*out = *in
	if in.Conditions != nil {
		out.Conditions = make([]metav1.Condition, len(in.Conditions))
		for i := range in.Conditions {
			in.Conditions[i].DeepCopyInto(&out.Conditions[i])
		}
	}
	out.Zones = slices.Clone(in.Zones)
	out.Numbers = slices.Clone(in.Numbers)
	if in.Certificate != nil {
		certificate := *in.Certificate
		certificate.NotBefore = *in.Certificate.NotBefore.DeepCopy()
		certificate.NotAfter = *in.Certificate.NotAfter.DeepCopy()
		out.Certificate = &certificate
	}
	if in.Configuration != nil {
		configuration := *in.Configuration
		configuration.Former = slices.Clone(in.Configuration.Former)
		out.Configuration = &configuration
	}
}

func (in *CallbotSpec) DeepCopyInto(out *CallbotSpec) {
	*out = *in
	out.Numbers = slices.Clone(in.Numbers)
	out.Zones = slices.Clone(in.Zones)
	out.IntegrationRefs = slices.Clone(in.IntegrationRefs)
	out.Fallback.Causes = slices.Clone(in.Fallback.Causes)
	if in.Capacity.Replicas != nil {
		replicas := *in.Capacity.Replicas
		out.Capacity.Replicas = &replicas
	}
	for _, part := range []*json.RawMessage{
		&out.Dialog.Inline, &out.Tests, &out.Speech, &out.LLM, &out.TurnTaking, &out.Media, &out.Fallback.Say,
	} {
		*part = slices.Clone(*part)
	}
}

func (in *Callbot) DeepCopyInto(out *Callbot) {
	out.TypeMeta = in.TypeMeta
	in.ObjectMeta.DeepCopyInto(&out.ObjectMeta)
	in.Spec.DeepCopyInto(&out.Spec)
	in.Status.DeepCopyInto(&out.Status)
}

func (in *Callbot) DeepCopy() *Callbot {
	out := new(Callbot)
	in.DeepCopyInto(out)
	return out
}

func (in *Callbot) DeepCopyObject() runtime.Object { return in.DeepCopy() }

func (in *CallbotList) DeepCopyObject() runtime.Object {
	out := &CallbotList{TypeMeta: in.TypeMeta, Items: make([]Callbot, len(in.Items))}
	in.ListMeta.DeepCopyInto(&out.ListMeta)
	for i := range in.Items {
		in.Items[i].DeepCopyInto(&out.Items[i])
	}
	return out
}
