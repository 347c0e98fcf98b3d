import { pollIdentity, readIdentity, type Identity } from '../../pki/identity.ts'
import type { Clock } from '../../runtime/clock.ts'
import type { Log } from '../../runtime/log.ts'
import { describeBug } from '../../runtime/redacted-error.ts'

export interface RenewedStore<S> {
  /** The one whose connections show the newest certificate. It closes the one before, which begins nothing new from then on. */
  current(): S
  close(): Promise<void>
}

export interface RenewedStoreOptions<S> {
  /** With tls.crt, tls.key and ca.crt. */
  readonly folder: string
  /** How often it is looked at. */
  readonly everyMs: number
  readonly open: (identity: Identity) => S
  readonly clock: Clock
  readonly log: Log
}

/** A store that is opened again with each new certificate, by who asks for it next. @throws Error when there is no certificate to begin with */
export async function openRenewedStore<S extends { close(): Promise<void> }>({
  open,
  ...o
}: RenewedStoreOptions<S>): Promise<RenewedStore<S>> {
  const first = await readIdentity(o.folder)
  let store = open(first)
  let renewed: Identity | undefined
  const endWatch = pollIdentity({ ...o, current: first, onChange: (identity) => void (renewed = identity) })
  return {
    current() {
      if (renewed === undefined) return store
      const before = store
      store = open(renewed)
      renewed = undefined
      void before
        .close()
        .catch((error: unknown) => o.log.warn(describeBug(error), 'connections of before were not closed'))
      return store
    },
    async close() {
      endWatch()
      await store.close()
    },
  }
}
