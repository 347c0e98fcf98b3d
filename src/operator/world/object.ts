/** What is known of every object that has a status. */
export interface ObjectFacts<Status = object> {
  namespace: string
  name: string
  uid: string
  generation: number
  status: Status | undefined
}
