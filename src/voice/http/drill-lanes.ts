import { randomBytes } from 'node:crypto'
import type { BotConfiguration } from '../../api/bot-configuration.ts'
import { judgeOrder, type OrderOutcome } from '../../rules/drill/lease.ts'
import { type DrillSide, type LaneOrder, nonceOf } from '../../rules/drill/order.ts'
import type { PodLane, PodLanes } from '../../rules/drill/pod-lanes.ts'
import { orderOf } from '../../rules/http/endpoint-selection.ts'
import type { Http, Operation } from '../../rules/http/request.ts'
import { refusalOfTest } from '../../rules/http/test-operation.ts'
import type { TestRequestOrder, TestRequestResult } from '../../rules/test-request.ts'
import type { Clock } from '../../runtime/clock.ts'
import { named } from '../../runtime/log-fields.ts'
import { EndpointFault } from '../../webclient/endpoint-fault.ts'
import type { EndpointLane, WebEndpoint } from './endpoint.ts'
import { type EndpointTools, openEndpoints, usableEndpoints } from './open-endpoints.ts'
import { sendTestRequest } from './send-test-request.ts'
import { simulateFault } from './simulated-fault.ts'

/**
 * Lanes of web services for drills: second sets of endpoints, with probes, circuit breakers and connections of their own, that only the test
 * requests of one drill use. A lane exists while its lease lasts: it ends by the monotonic clock unless it is ordered again, and nothing of it
 * outlives the pod. Calls never see one.
 */
export interface DrillLanes {
  /** For the next order. */
  nonce(): string
  order(order: LaneOrder): OrderOutcome
  /** As GET /state reports it. */
  view(): PodLanes
  /** Why there can be no such test request; undefined: there can. */
  refusal(order: TestRequestOrder): string | undefined
  /** Never rejects. */
  ask(order: TestRequestOrder, signal: AbortSignal): Promise<TestRequestResult>
  /** Ends all lanes, and takes no order any more. */
  close(): Promise<void>
}

/** By which header a client's web service knows test requests. */
const TEST_HEADER = 'x-callbot-test'

interface Lane {
  readonly drill: string
  /** `namespace/name` */
  readonly integration: string
  fault: LaneOrder['fault']
  side: DrillSide
  /** Monotonic milliseconds. */
  endsAt: number
  endpoints: WebEndpoint[]
  cancelEnd: () => void
  readonly off: AbortController
}

interface Options extends EndpointTools {
  readonly namespace: string
  readonly integrations: BotConfiguration['integrations']
  /** Of this pod alone: 16 hexadecimal digits; random by default. */
  readonly run?: string
}

export const createDrillLanes = (o: Options): DrillLanes => new PodDrillLanes(o)

class PodDrillLanes implements DrillLanes {
  private readonly o: Options
  private readonly run: string
  /** By `namespace/name` of the Integration, as lanes. */
  private readonly services: ReadonlyMap<string, Http>
  private readonly lanes = new Map<string, Lane>()
  private term = 0
  private isClosed = false

  constructor(o: Options) {
    this.o = o
    this.run = o.run ?? randomBytes(8).toString('hex')
    this.services = new Map(
      o.integrations.flatMap(({ name, http }) => (http === undefined ? [] : [[`${o.namespace}/${name}`, http]])),
    )
  }

  nonce(): string {
    return nonceOf(this.run, this.o.clock.monotonic())
  }

  order(told: LaneOrder): OrderOutcome {
    const { clock } = this.o
    const key = told.integration
    const judged = judgeOrder(told, {
      ...{ who: 'pod', run: this.run, now: clock.monotonic(), term: this.term, heldBy: this.held(key)?.drill },
      obstacle: () => this.obstacle(told),
    })
    if (judged.kind !== 'Refuse' || judged.isHeard) this.term = Math.max(this.term, told.term)
    if (judged.kind === 'Refuse') return { kind: 'Refused', because: judged.because }
    if (judged.kind === 'End') {
      if (judged.isOwn) void this.end(key)
      return { kind: 'Ended' }
    }
    if (judged.isNew) void this.end(key)
    const lane = this.held(key) ?? this.open(told)
    Object.assign(lane, { fault: told.fault, side: told.side, endsAt: judged.endsAt })
    lane.cancelEnd()
    lane.cancelEnd = clock.after(judged.endsAt - clock.monotonic(), () => void this.end(key))
    return { kind: 'Given' }
  }

  view(): PodLanes {
    const drills = [...this.lanes.keys()].flatMap((key) => this.held(key) ?? [])
    return { nonce: this.nonce(), drills: drills.map((lane) => viewLane(lane, this.o.clock.monotonic())) }
  }

  refusal(order: TestRequestOrder): string | undefined {
    const operation = this.operationOf(order)
    if (operation !== undefined) return refusalOfTest(operation)
    return `the bot has no operation ${order.operation} of Integration ${order.integration}: name another one`
  }

  async ask(order: TestRequestOrder, signal: AbortSignal): Promise<TestRequestResult> {
    const lane = this.held(this.keyOf(order))
    const operation = this.operationOf(order)
    if (lane?.drill !== order.drill || operation === undefined) return NO_LEASE
    const { clock, random } = this.o
    const both = AbortSignal.any([signal, lane.off.signal])
    return sendTestRequest({ endpoints: lane.endpoints, operation, clock, random, signal: both })
  }

  async close(): Promise<void> {
    this.isClosed = true
    await Promise.all([...this.lanes.keys()].map((key) => this.end(key)))
  }

  private keyOf({ integration }: TestRequestOrder): string {
    return `${this.o.namespace}/${integration}`
  }

  private operationOf(order: TestRequestOrder): Operation | undefined {
    return this.services.get(this.keyOf(order))?.operations.find(({ name }) => name === order.operation)
  }

  /** The lane while its lease lasts: the timer of a process that was frozen comes late. */
  private held(key: string): Lane | undefined {
    const lane = this.lanes.get(key)
    return lane !== undefined && this.o.clock.monotonic() < lane.endsAt ? lane : undefined
  }

  private obstacle({ integration, fault, side }: LaneOrder): string | undefined {
    const http = this.services.get(integration)
    if (this.isClosed) return 'the pod is draining: it takes no more orders'
    if (http === undefined) return `the bot has no web service of Integration ${integration}: see its integrationRefs`
    const roles = usableEndpoints(http, this.o).map(({ role }) => role)
    if (fault !== 'None' && !roles.includes(side))
      return `Integration ${integration} has no ${side} endpoint that this bot may use: see its placement.regions, and those of the chart`
    return roles.length === 0 ? `Integration ${integration} has no endpoint that this bot may use` : undefined
  }

  private open({ integration, drill, fault, side }: LaneOrder): Lane {
    const { o } = this
    const lane: Lane = {
      ...{ integration, drill, fault, side, endsAt: Infinity, endpoints: [], cancelEnd: () => {} },
      off: new AbortController(),
    }
    const [, name] = integration.split('/') as [string, string]
    const http = this.services.get(integration)!
    lane.endpoints = openEndpoints(name, http, o, (role) => endpointLane(lane, role, o.clock))
    this.lanes.set(integration, lane)
    const fields = { drill: named(drill), integration: named(integration), fault, side }
    o.log.info(fields, 'a drill has the lane of an Integration')
    return lane
  }

  private async end(key: string): Promise<void> {
    const lane = this.lanes.get(key)
    if (lane === undefined) return
    this.lanes.delete(key)
    lane.endsAt = -Infinity
    lane.cancelEnd()
    lane.off.abort()
    this.o.log.info({ drill: named(lane.drill), integration: named(key) }, 'the lane of a drill has ended')
    await Promise.all(lane.endpoints.map((endpoint) => endpoint.close()))
  }
}

const NO_LEASE: TestRequestResult = {
  ...{ outcome: 'Failed', finding: 'NoLease', endpoint: null, status: null, milliseconds: 0 },
}

/** Requests of a lane that is over never leave us, and those to an endpoint with a fault neither. */
function endpointLane(lane: Lane, role: WebEndpoint['role'], clock: Clock): EndpointLane {
  return {
    drill: lane.drill,
    headers: { [TEST_HEADER]: lane.drill },
    async pass({ timeoutMs, signal }) {
      const both = AbortSignal.any([signal, lane.off.signal])
      if (role === lane.side) await simulateFault(lane.fault, { clock, timeoutMs, signal: both })
      if (clock.monotonic() >= lane.endsAt)
        throw new EndpointFault('unreachable', 'the lease of the drill is over', false)
    },
  }
}

function viewLane({ integration, drill, fault, side, endsAt, endpoints }: Lane, now: number): PodLane {
  const first = orderOf(endpoints, 'Idempotent')[0]
  const states = endpoints.map(({ name, view }) => ({ endpoint: name, state: view.state }))
  return {
    ...{ integration, drill, fault, side, remainingMilliseconds: Math.ceil(endsAt - now) },
    endpoints: states,
    ...(first?.view.state === 'Up' && { active: first.name }),
  }
}
