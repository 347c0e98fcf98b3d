/**
 * What a bot pod asks for, by the calls that it carries. Measured: 150 MiB without a call, half a MiB and half a percent of
 * a core for each (voice recognised, both ways). The limit is far above, since a pod that is killed for want of memory takes
 * its calls with it.
 */
export function voiceResources(callsPerPod: number) {
  return {
    requests: { cpu: milli(50 + 6 * callsPerPod), memory: mebi(160 + Math.ceil(callsPerPod / 2)) },
    limits: { memory: mebi(256 + 2 * callsPerPod) },
  }
}

/** As the API server writes it back: whole cores without "m". */
const milli = (cores: number) => (cores % 1000 === 0 ? `${cores / 1000}` : `${cores}m`)
/** As the API server writes it back: whole GiB as such. */
const mebi = (size: number) => (size % 1024 === 0 ? `${size / 1024}Gi` : `${size}Mi`)
