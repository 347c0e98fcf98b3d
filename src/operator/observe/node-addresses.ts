import type { Raw } from '../../kube/raw-object.ts'

/** Addresses of a Node, and the ranges of its pods where its status and spec have them: not all network plugins use these. */
export function addressesOfNode({ spec, status }: Raw): string[] {
  const { podCIDRs = [] } = (spec ?? {}) as { podCIDRs?: string[] }
  const { addresses = [] } = (status ?? {}) as { addresses?: { type: string; address: string }[] }
  const own = addresses.flatMap(({ type, address }) => (type.endsWith('IP') ? [address] : []))
  return [...podCIDRs, ...own]
}
