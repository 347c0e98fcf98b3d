/** What the verbs of drills ask of a cluster, with the rights of whoever types them. */
import type { FailoverDrill, FailoverDrillInput } from '../api/failover-drill.ts'
import { API_VERSION, FAILOVER_DRILLS } from '../api/kinds.ts'
import { connect as connectTo } from '../kube/connect.ts'
import { resources } from '../kube/resources.ts'
import { KILL_SWITCH, STOP } from '../rules/drill/kill-switch.ts'

export interface Cluster {
  /** Makes one with a name that Kubernetes completes. @returns its name */
  begin(namespace: string, spec: FailoverDrillInput['spec']): Promise<string>
  get(namespace: string, name: string): Promise<FailoverDrill>
  /** Of one namespace, or of all. */
  list(namespace: string | undefined): Promise<FailoverDrill[]>
  abort(namespace: string, name: string): Promise<void>
  /** Of the whole installation. @param namespace that of the operator */
  stopAll(namespace: string, isOn: boolean): Promise<void>
  close(): Promise<void>
}

/** @throws when no kubeconfig is found */
export async function connect(env: NodeJS.ProcessEnv): Promise<Cluster> {
  const { kube, close } = await connectTo(env, 'callbot-drill', [FAILOVER_DRILLS])
  return {
    async begin(namespace, spec) {
      const name = `${spec.integrationRef.name}-${Date.now().toString(36)}`
      const made = { apiVersion: API_VERSION, kind: 'FailoverDrill', metadata: { name, namespace }, spec }
      return (await kube.create(made)).metadata.name
    },
    get: async (namespace, name) => (await kube.get(FAILOVER_DRILLS, namespace, name)) as unknown as FailoverDrill,
    async list(namespace) {
      const found: FailoverDrill[] = []
      for await (const raw of kube.list(FAILOVER_DRILLS, namespace === undefined ? {} : { namespace }))
        found.push(raw as unknown as FailoverDrill)
      return found
    },
    async abort(namespace, name) {
      await kube.mergePatch(FAILOVER_DRILLS, namespace, name, { spec: { desiredState: 'Abort' } })
    },
    async stopAll(namespace, isOn) {
      await kube.mergePatch(resources.configMaps, namespace, KILL_SWITCH, { data: { [STOP]: String(isOn) } })
    },
    close,
  }
}
