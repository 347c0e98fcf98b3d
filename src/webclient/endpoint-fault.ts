/** A try at an endpoint that brought no answer. */
export class EndpointFault extends Error {
  readonly result: 'unreachable' | 'timed-out' | 'unusable' | 'left-alone'
  /** The endpoint may have got the request, or part of it. False is certain: nothing of it left us. */
  readonly mayBeReceived: boolean

  /** @param message for operators: nothing that a caller said, and nothing that the endpoint answered, is in it */
  constructor(result: EndpointFault['result'], message: string, mayBeReceived: boolean, options?: ErrorOptions) {
    super(message, options)
    this.name = 'EndpointFault'
    this.result = result
    this.mayBeReceived = mayBeReceived
  }
}
