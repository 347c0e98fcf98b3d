/** What goes wrong, in the form that OpenAI's API gives to errors. Clients of it show `message`; `param` names the field. */
export class Problem extends Error {
  readonly status: number
  readonly type: string
  readonly param: string | null
  readonly code: string | null

  constructor(status: number, message: string, more: { param?: string; code?: string } = {}) {
    super(message)
    this.status = status
    this.type = status >= 500 ? 'server_error' : 'invalid_request_error'
    this.param = more.param ?? null
    this.code = more.code ?? null
  }

  body() {
    const { message, type, param, code } = this
    return { error: { message, type, param, code } }
  }
}

/** Seconds after which a client that was turned away may try again. */
export const RETRY_AFTER_SECONDS = 1

export class Overloaded extends Problem {
  constructor() {
    super(503, 'too many requests are waiting: try again in a second, or add replicas', { code: 'overloaded' })
  }
}

export class NotReady extends Problem {
  constructor() {
    super(503, 'the models are not loaded yet: try again in a second', { code: 'not_ready' })
  }
}

/** Nobody reads this: its status, which nginx uses too, is for the metrics. */
export class ClientDisconnected extends Problem {
  constructor() {
    super(499, 'the client is gone', { code: 'client_gone' })
  }
}

export class TimedOut extends Problem {
  constructor() {
    super(504, 'there was no time to finish this: try again, or add replicas', { code: 'timeout' })
  }
}

/** A field that is missing or wrong. */
export const invalid = (param: string, message: string) => new Problem(400, message, { param, code: 'invalid_value' })
