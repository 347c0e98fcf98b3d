import { networkInterfaces } from 'node:os'

/** An address of this machine that is not loopback, as the endpoint of a Service must be. */
export function ownAddress(): string {
  const all = Object.values(networkInterfaces()).flatMap((each) => each ?? [])
  const found = all.find(({ family, internal }) => family === 'IPv4' && !internal)
  if (found === undefined)
    throw new Error('this machine has no address but loopback: give it one, or run in the cluster')
  return found.address
}
