/** Where the control plane of the three-zone cluster lives. */
import { HOST_GROUP } from './cgroups.ts'
import { ensureApiServer, type Place } from './controlplane.ts'
import { host, logDir, ports, stateDir, zones } from './settings.ts'
import { sharedIdentities, zoneIdentities } from './zone.ts'

export const place: Place = {
  dir: stateDir,
  logDir,
  address: host.address,
  apiPort: host.apiPort,
  ports,
  cgroup: HOST_GROUP,
  identities: Object.assign({}, sharedIdentities, ...zones.map(zoneIdentities)),
  kubeconfigs: [...Object.keys(sharedIdentities), ...zones.map((zone) => zone.node)],
}

/** Starts the API server if it does not run, as after `api stop`, and resolves when it is ready. */
export const startApiServer = () => ensureApiServer(place)
