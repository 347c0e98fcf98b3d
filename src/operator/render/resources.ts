/**
 * What a bot pod asks for, by the calls that it carries. Measured on a pod with live calls; the limit leaves room for
 * peaks, since a pod that is killed for want of memory takes its calls with it.
 */
export function voiceResources(callsPerPod: number) {
  return {
    requests: { cpu: milli(50 + 8 * callsPerPod), memory: mebi(128 + callsPerPod) },
    limits: { memory: mebi(256 + 4 * callsPerPod) },
  }
}

/** As the API server writes it back: whole cores without "m". */
const milli = (cores: number) => (cores % 1000 === 0 ? `${cores / 1000}` : `${cores}m`)
/** As the API server writes it back: whole GiB as such. */
const mebi = (size: number) => (size % 1024 === 0 ? `${size / 1024}Gi` : `${size}Mi`)
