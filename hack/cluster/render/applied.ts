/** An object that is sent to the API server: of a kind, with a name. */
export type Applied<Kind> = Kind & {
  apiVersion: string
  kind: string
  metadata: { name: string; namespace?: string }
}
