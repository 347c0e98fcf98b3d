// Stands in for the Deployment and ReplicaSet controllers, the scheduler and the kubelets: it gives each Deployment
// its pods, spread over the zones and ready, and tells so in the Deployment's status. It is the same for every
// contestant of the benchmark and is measured with none of them.
package main

import (
	"context"
	"flag"
	"fmt"
	"hash/fnv"
	"log"
	"os/signal"
	"sync"
	"syscall"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/util/workqueue"
)

type standin struct {
	kube        kubernetes.Interface
	deployments cache.Store
	queue       workqueue.TypedRateLimitingInterface[string]
	nodes       []string
	mutex       sync.Mutex
	done        map[string]bool // Deployments (by uid and generation) that have their pods
}

func main() {
	kubeconfig := flag.String("kubeconfig", "", "how to reach the API server")
	zones := flag.Int("zones", 3, "zones, each with one node")
	workers := flag.Int("workers", 8, "Deployments served at the same time")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *kubeconfig, *zones, *workers); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, kubeconfig string, zones, workers int) error {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return err
	}
	config.QPS, config.ContentType = -1, "application/vnd.kubernetes.protobuf"
	kube, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	s := &standin{
		kube: kube, done: map[string]bool{},
		queue: workqueue.NewTypedRateLimitingQueue(workqueue.DefaultTypedControllerRateLimiter[string]()),
	}
	if err := s.makeNodes(ctx, zones); err != nil {
		return err
	}
	factory := informers.NewSharedInformerFactory(kube, 0)
	informer := factory.Apps().V1().Deployments().Informer()
	s.deployments = informer.GetStore()
	enqueue := func(object any) {
		if key, err := cache.MetaNamespaceKeyFunc(object); err == nil {
			s.queue.Add(key)
		}
	}
	if _, err := informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc: enqueue, UpdateFunc: func(_, after any) { enqueue(after) },
	}); err != nil {
		return err
	}
	factory.Start(ctx.Done())
	factory.WaitForCacheSync(ctx.Done())
	fmt.Println("ready")
	var group sync.WaitGroup
	for range workers {
		group.Go(func() { s.work(ctx) })
	}
	<-ctx.Done()
	s.queue.ShutDown()
	group.Wait()
	return nil
}

func (s *standin) work(ctx context.Context) {
	for {
		key, stopped := s.queue.Get()
		if stopped {
			return
		}
		if err := s.serve(ctx, key); err != nil && ctx.Err() == nil {
			log.Printf("%s: %v", key, err)
			s.queue.AddRateLimited(key)
		} else {
			s.queue.Forget(key)
		}
		s.queue.Done(key)
	}
}

func (s *standin) serve(ctx context.Context, key string) error {
	object, exists, err := s.deployments.GetByKey(key)
	if err != nil || !exists {
		return err
	}
	deployment := object.(*appsv1.Deployment)
	once := fmt.Sprintf("%s/%d", deployment.UID, deployment.Generation)
	s.mutex.Lock()
	served := s.done[once] || deployment.Status.ObservedGeneration >= deployment.Generation
	s.mutex.Unlock()
	if served {
		return nil
	}
	replicas := int32(1)
	if deployment.Spec.Replicas != nil {
		replicas = *deployment.Spec.Replicas
	}
	for index := range replicas {
		if err := s.makePod(ctx, deployment, int(index)); err != nil {
			return err
		}
	}
	if err := s.setStatus(ctx, deployment, replicas); err != nil {
		return err
	}
	s.mutex.Lock()
	s.done[once] = true
	s.mutex.Unlock()
	return nil
}

func (s *standin) makePod(ctx context.Context, deployment *appsv1.Deployment, index int) error {
	yes := true
	template := deployment.Spec.Template
	pod := &corev1.Pod{ObjectMeta: *template.ObjectMeta.DeepCopy(), Spec: *template.Spec.DeepCopy()}
	pod.Namespace, pod.Name = deployment.Namespace, fmt.Sprintf("%s-%d", deployment.Name, index)
	pod.OwnerReferences = []metav1.OwnerReference{{
		APIVersion: "apps/v1", Kind: "Deployment", Name: deployment.Name, UID: deployment.UID, Controller: &yes,
	}}
	zone := (offset(deployment) + index) % len(s.nodes)
	pod.Spec.NodeName = s.nodes[zone]
	created, err := s.kube.CoreV1().Pods(pod.Namespace).Create(ctx, pod, metav1.CreateOptions{})
	if apierrors.IsAlreadyExists(err) {
		created, err = s.kube.CoreV1().Pods(pod.Namespace).Get(ctx, pod.Name, metav1.GetOptions{})
	}
	if err != nil {
		return err
	}
	now := metav1.Now()
	created.Status = corev1.PodStatus{Phase: corev1.PodRunning, StartTime: &now}
	for _, kind := range []corev1.PodConditionType{corev1.PodScheduled, corev1.PodInitialized, corev1.ContainersReady, corev1.PodReady} {
		created.Status.Conditions = append(created.Status.Conditions,
			corev1.PodCondition{Type: kind, Status: corev1.ConditionTrue, LastTransitionTime: now})
	}
	_, err = s.kube.CoreV1().Pods(pod.Namespace).UpdateStatus(ctx, created, metav1.UpdateOptions{})
	return err
}

func (s *standin) setStatus(ctx context.Context, deployment *appsv1.Deployment, replicas int32) error {
	updated := deployment.DeepCopy()
	now := metav1.Now()
	updated.Status = appsv1.DeploymentStatus{
		ObservedGeneration: deployment.Generation, Replicas: replicas, UpdatedReplicas: replicas,
		ReadyReplicas: replicas, AvailableReplicas: replicas,
		Conditions: []appsv1.DeploymentCondition{{
			Type: appsv1.DeploymentAvailable, Status: corev1.ConditionTrue, Reason: "MinimumReplicasAvailable",
			LastUpdateTime: now, LastTransitionTime: now,
		}},
	}
	_, err := s.kube.AppsV1().Deployments(deployment.Namespace).UpdateStatus(ctx, updated, metav1.UpdateOptions{})
	return err
}

func (s *standin) makeNodes(ctx context.Context, zones int) error {
	now := metav1.Now()
	for index := range zones {
		letter := string(rune('a' + index))
		name := "node-" + letter
		node, err := s.kube.CoreV1().Nodes().Create(ctx, &corev1.Node{ObjectMeta: metav1.ObjectMeta{
			Name: name, Labels: map[string]string{corev1.LabelTopologyZone: "zone-" + letter, corev1.LabelHostname: name},
		}}, metav1.CreateOptions{})
		if err == nil {
			node.Status.Conditions = []corev1.NodeCondition{{
				Type: corev1.NodeReady, Status: corev1.ConditionTrue, Reason: "KubeletReady",
				LastHeartbeatTime: now, LastTransitionTime: now,
			}}
			_, err = s.kube.CoreV1().Nodes().UpdateStatus(ctx, node, metav1.UpdateOptions{})
		}
		if err != nil && !apierrors.IsAlreadyExists(err) {
			return err
		}
		s.nodes = append(s.nodes, name)
	}
	return nil
}

// offset makes the bots start in different zones, so that every zone gets its share.
func offset(deployment *appsv1.Deployment) int {
	hash := fnv.New32a()
	_, _ = hash.Write([]byte(deployment.Namespace + "/" + deployment.Name))
	return int(hash.Sum32() % 1024)
}
