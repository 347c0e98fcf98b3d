import type { PartState } from '../../rules/part-state.ts'
import { mayBeNamed, named, ownWords } from '../../runtime/log-fields.ts'
import type { Clock } from '../../runtime/clock.ts'
import type { Log } from '../../runtime/log.ts'
import { type OperationEnd, readAnswer } from '../../rules/http/response.ts'
import type { Egress } from '../../webclient/egress-policy.ts'
import { type CircuitState, type Health, probed, type Standing, UNPROBED } from '../../rules/http/endpoint-selection.ts'
import type { Endpoint, Http, Operation, OperationRequest } from '../../rules/http/request.ts'
import { type Circuit, createCircuit } from './circuit.ts'
import { type Connection, createConnection } from '../../webclient/connection.ts'
import { createCredentials, type Credentials } from './credentials.ts'
import { EndpointFault } from '../../webclient/endpoint-fault.ts'
import { type HealthProbes, startProbing } from './health-probes.ts'
import type { ReadSecret } from '../../webclient/mounted-secrets.ts'

/** A usable answer. */
interface Answered {
  readonly end: OperationEnd
  /** Of HTTP. */
  readonly status: number
}

/** What GET /state reports about an endpoint. */
export interface EndpointView {
  readonly integration: string
  readonly endpoint: string
  readonly state: PartState
  /** RFC 3339. */
  readonly since: string
}

/** Who asks an endpoint for a drill. */
export interface EndpointLane {
  readonly drill: string
  /** In each of its requests, in lower case. */
  readonly headers: Readonly<Record<string, string>>
  /** Before anything of a request leaves us, be it for a token. @throws EndpointFault if nothing shall leave, or the signal's reason */
  pass(request: { readonly timeoutMs: number; readonly signal: AbortSignal }): Promise<void>
}

export interface EndpointOptions {
  readonly integration: string
  readonly endpoint: Endpoint
  readonly rule: Pick<Http, 'probe' | 'circuitBreaker'>
  readonly secret: ReadSecret
  readonly egress: Egress
  readonly clock: Clock
  /** From 0 up to 1. */
  readonly random: () => number
  readonly log: Log
  /** Absent: it is asked for calls. */
  readonly lane?: EndpointLane
}

/** One endpoint: asked by calls, watched by probes, left alone while it is broken. */
export class WebEndpoint implements Standing {
  readonly name: string
  readonly role: Standing['role']
  private readonly o: EndpointOptions
  private readonly connection: Connection
  private readonly tokens: Connection | undefined
  private readonly credentials: Credentials
  private readonly breaker: Circuit
  private readonly probing: HealthProbes
  private health: Health = UNPROBED
  private seen: { readonly state: EndpointView['state']; readonly since: number }

  constructor(o: EndpointOptions) {
    const { endpoint, rule, clock } = o
    this.o = o
    this.name = endpoint.name
    this.role = endpoint.role
    this.connection = createConnection({ ...o, ...endpoint, tls: endpoint.tls })
    this.tokens = tokenServer(o)
    this.credentials = createCredentials({ ...o, ...endpoint, tokens: this.tokens })
    this.breaker = createCircuit(rule.circuitBreaker, clock)
    this.seen = { state: 'Unknown', since: clock.wall() }
    this.probing = startProbing({ ...o, rule: rule.probe, probe: () => this.probe() })
  }

  get isDown(): boolean {
    return this.health.state === 'Down'
  }

  get circuit(): CircuitState {
    return this.breaker.state
  }

  get view(): EndpointView {
    const { state, since } = this.seen
    return { integration: this.o.integration, endpoint: this.name, state, since: new Date(since).toISOString() }
  }

  /** @throws EndpointFault if there was no usable answer, or the signal's reason */
  async ask(operation: Operation, request: OperationRequest, signal: AbortSignal): Promise<Answered> {
    const isOnce = operation.idempotency === 'NotIdempotent'
    const limits = { timeoutMs: operation.timeoutMilliseconds, isOnce, signal }
    try {
      const answered = await this.breaker.run(async () => {
        const { status, body } = await this.send(request, limits)
        const answer = readAnswer(operation, status, body)
        if ('unusable' in answer) throw new EndpointFault('unusable', answer.unusable, true)
        return { end: answer, status }
      })
      this.look('calls are answered')
      return answered
    } catch (error) {
      if (error instanceof EndpointFault) this.look(error.message)
      if (error instanceof EndpointFault && error.result !== 'left-alone') this.probing.probeSoon()
      throw error
    }
  }

  async close(): Promise<void> {
    this.probing.stop()
    await Promise.all([this.connection.close(), this.tokens?.close()])
  }

  private async send(request: OperationRequest, limits: Parameters<Connection['ask']>[1]) {
    const { lane } = this.o
    await lane?.pass(limits)
    const headers = { ...request.headers, ...lane?.headers, ...(await this.credentials.headers(limits.signal)) }
    const answer = await this.connection.ask({ ...request, headers }, limits)
    if (answer.status === 401) this.credentials.refused()
    return answer
  }

  /** Once. Whether the endpoint is not certain yet, and has to be asked again soon. */
  private async probe(): Promise<boolean> {
    const { path, timeoutMilliseconds: timeoutMs } = this.o.rule.probe
    const request = { method: 'GET', path: path.startsWith('/') ? path : `/${path}`, headers: {} } as const
    const limits = { timeoutMs, isOnce: false, signal: new AbortController().signal }
    const ask = async () => {
      const { status } = await this.send(request, limits)
      if (status >= 500) throw new EndpointFault('unusable', `its probe was answered with ${status}`, true)
    }
    const fault = await (this.circuit === 'Trial' ? this.breaker.run(ask) : ask()).then(
      () => undefined,
      (error: unknown) => (error instanceof EndpointFault ? error.message : 'the probe failed'),
    )
    this.health = probed(this.health, fault === undefined, this.o.rule.probe)
    this.look(fault ?? 'its probes are answered')
    return this.health.against > 0 || this.health.state === 'Unknown' || (!this.isDown && this.circuit === 'Trial')
  }

  /** Tells once when the endpoint has come, or gone. */
  private look(because: string): void {
    const state = this.isDown || this.circuit !== 'Closed' ? 'Down' : this.health.state
    if (state === this.seen.state) return
    this.seen = { state, since: this.o.clock.wall() }
    const { integration, lane } = this.o
    const who = { integration: named(integration), endpoint: named(this.name), drill: mayBeNamed(lane?.drill) }
    const fields = { ...who, state, because: ownWords(because) }
    if (lane !== undefined) this.o.log.info(fields, 'a drill finds that an endpoint of a web service is up or down')
    else if (state === 'Down') this.o.log.warn(fields, 'an endpoint of a web service is down')
    else this.o.log.info(fields, 'an endpoint of a web service is up')
  }
}

/** The authorities of the endpoint are those of its token server as well. */
function tokenServer({ endpoint, ...o }: EndpointOptions): Connection | undefined {
  const { tokenURL: url } = endpoint.auth
  const trusted = endpoint.tls?.caSecretRef
  return url === undefined ? undefined : createConnection({ ...o, url, tls: trusted && { caSecretRef: trusted } })
}
