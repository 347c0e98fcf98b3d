/**
 * Octets of uploads that are in memory. A tenant may have as much as is left free: alone half of it all, and however many fill their share, as much again
 * stays for the next (the dynamic thresholds of Choudhury and Hahne, 1998).
 */
export class UploadQuota {
  readonly #most: number
  readonly #byTenant = new Map<string, number>()
  #octets = 0

  /** @param most octets of all tenants together */
  constructor(most: number) {
    this.#most = most
  }

  get octets(): number {
    return this.#octets
  }

  /** Takes room for an upload. Returns what gives it back, or undefined when the tenant's share has no room. */
  take(tenant: string, octets: number): (() => void) | undefined {
    const own = this.#byTenant.get(tenant) ?? 0
    if (own + octets > this.#most - this.#octets) return undefined
    this.#add(tenant, octets)
    let isTaken = true
    return () => {
      if (isTaken) this.#add(tenant, -octets)
      isTaken = false
    }
  }

  #add(tenant: string, octets: number): void {
    const own = (this.#byTenant.get(tenant) ?? 0) + octets
    this.#octets += octets
    if (own === 0) this.#byTenant.delete(tenant)
    else this.#byTenant.set(tenant, own)
  }
}
