import type { Clock } from '../../runtime/clock.ts'
import type { Log } from '../../runtime/log.ts'
import { mayLeave } from '../../rules/flow/collect-filter.ts'
import { FAILED } from '../../rules/http/response.ts'
import { describeBug } from '../../runtime/redacted-error.ts'
import type { Call } from '../call/state-machine.ts'
import type { CallEffect, CallInput, CallState, End, Turn } from '../call/types.ts'
import { createLatency, type Latency } from './turn-latency.ts'
import type { Operations } from '../http/operations.ts'
import type { Party } from './party.ts'
import { Tape } from './tape.ts'
import type { Prompts } from '../speech/prompt-cache.ts'
import type { SpeechClient } from '../speech/speech-client.ts'
import type { VoiceMemory, VoiceModel } from '../vad/silero.ts'
import type { Voice } from '../pod/bot-services.ts'

/** A caller who is put through already. `Referred`: by the caller's own side, which needs us no more. */
export type TransferredCall = { readonly type: 'Bridged'; readonly party: Party } | { readonly type: 'Referred' }

/** What the effects of a call are performed with. */
export interface CallEnvironment {
  readonly call: Call
  readonly model: VoiceModel
  readonly client: Pick<SpeechClient, 'transcribe'>
  readonly prompts: Pick<Prompts, 'get' | 'render'>
  readonly askModel: Voice['askModel']
  readonly requestOperation: Operations['call']
  readonly clock: Clock
  readonly log: Log
  /** 160 samples, or silence, in the tick in which it is asked. */
  send(samples: Int16Array | undefined): void
  /** The packet of this tick waits for `send`, and a moment later for nothing: `DelayExpired` says so. */
  delay(): void
  reportTurn(turn: Turn): void
  answeredTurn(seconds: { readonly whole: number; readonly platform: number }): void
  /** Undefined: nobody took the call. */
  transfer(wait: TransferWait, signal: AbortSignal): Promise<TransferredCall | undefined>
  /** Once. */
  end(end: End | TransferredCall): void
}

type TransferWait = Extract<CallEffect, { type: 'Transfer' }>['wait']

/** Lets one call live: inputs in, effects out. What fails in here ends this call and no other. */
export class Driver {
  private readonly environment: CallEnvironment
  private readonly memory: VoiceMemory
  private readonly tape = new Tape()
  private readonly latency: Latency
  private readonly asked = new Map<number, AbortController>()
  private readonly inputs: CallInput[] = []
  private state: CallState
  private isBusy = false
  private isStopped = false

  constructor(hands: CallEnvironment) {
    this.environment = hands
    this.memory = hands.model.newMemory()
    this.latency = createLatency(hands.clock)
    this.state = hands.call.initialState
  }

  /** What the caller has said so far and may leave the bot, by field. */
  get handOver(): Readonly<Record<string, string>> {
    return mayLeave(this.state.conversation)
  }

  /** Never throws. */
  handle(input: CallInput): void {
    if (this.isStopped) return
    this.inputs.push(input)
    // An effect that answers at once, such as a prompt in memory, comes after the step that asked for it.
    if (this.isBusy) return
    this.isBusy = true
    try {
      for (let next = this.inputs.shift(); next !== undefined && !this.isStopped; next = this.inputs.shift()) {
        if (next.type === 'Tick') this.tape.write(next.samples, this.state.inputStages.recorder.from)
        const [state, effects] = this.environment.call.step(this.state, next, this.environment.clock.wall())
        this.state = state
        for (const effect of effects) this.perform(effect)
      }
    } catch (error) {
      this.environment.log.error(describeBug(error), 'the conversation of a call failed')
      this.finish({ type: 'Fallback', cause: 'BotFailure', reason: 'bug' })
    } finally {
      this.isBusy = false
    }
  }

  /** Nothing happens any more; what was asked for is called off. */
  stop(): void {
    this.isStopped = true
    for (const controller of this.asked.values()) controller.abort(new Error('the call is over'))
  }

  private perform(effect: CallEffect): void {
    switch (effect.type) {
      case 'Send':
        return this.send(effect.samples)
      case 'Delay':
        return this.environment.delay()
      case 'Erase':
        return this.tape.eraseLast()
      case 'Judge':
        return this.judge(effect)
      case 'Transcribe':
        return this.transcribe(effect)
      case 'Render':
        return this.render(effect)
      case 'Cancel':
        return this.asked.get(effect.id)?.abort(new Error('not needed any more'))
      case 'RequestOperation':
        return this.requestOperation(effect)
      case 'AskModel':
        return this.askModel(effect)
      case 'Transfer':
        return this.transfer(effect)
      case 'ReportTurn':
        return this.environment.reportTurn(effect.turn)
      case 'End':
        return this.finish(effect.end)
    }
  }

  private send(samples: Int16Array | undefined): void {
    this.environment.send(samples)
    const waited = samples === undefined ? undefined : this.latency.answered()
    if (waited !== undefined) this.environment.answeredTurn(waited)
  }

  private judge({ from, isFirst }: Extract<CallEffect, { type: 'Judge' }>): void {
    const window = { samples: this.tape.window(from), isFirst }
    this.environment.model.judge(this.memory, window, (probability) => this.handle({ type: 'Judged', probability }))
  }

  private transcribe({ id, from, to, hints }: Extract<CallEffect, { type: 'Transcribe' }>): void {
    this.latency.turnEnded()
    const samples = this.tape.cut(from, to)
    this.ask(
      id,
      (signal) => this.environment.client.transcribe(samples, hints, signal),
      (text) => this.handle({ type: 'Transcribed', id, text }),
    )
  }

  private render({ id, text }: Extract<CallEffect, { type: 'Render' }>): void {
    const known = this.environment.prompts.get(text)
    if (known !== undefined) return this.handle({ type: 'Rendered', id, samples: known })
    this.ask(
      id,
      (signal) => this.environment.prompts.render(text, signal, (samples) => this.renderedPart(id, samples, signal)),
      (samples) => this.handle({ type: 'Rendered', id, samples }),
    )
  }

  private renderedPart(id: number, samples: Int16Array, { aborted }: AbortSignal): void {
    if (!aborted) this.handle({ type: 'Rendered', id, samples, isPart: true })
  }

  private askModel({ id, wait }: Extract<CallEffect, { type: 'AskModel' }>): void {
    this.ask(
      id,
      (signal) => this.environment.askModel(wait, signal),
      (answer) => this.handle({ type: 'ModelEnded', id, answer }),
    )
  }

  private requestOperation({ id, wait }: Extract<CallEffect, { type: 'RequestOperation' }>): void {
    this.ask(
      id,
      (signal) => this.environment.requestOperation(wait, signal),
      (end) => this.handle({ type: 'OperationEnded', id, ...(end ?? FAILED) }),
    )
  }

  private transfer({ id, wait }: Extract<CallEffect, { type: 'Transfer' }>): void {
    const controller = new AbortController()
    this.asked.set(id, controller)
    const nobody = (error: unknown) => void this.environment.log.error(describeBug(error), 'a transfer failed')
    const transferred = this.environment.transfer(wait, controller.signal).catch(nobody)
    void transferred.then((through) => {
      this.asked.delete(id)
      if (through === undefined) return this.handle({ type: 'TransferFailed', id })
      // Answered in the moment in which it was called off: nobody is left to talk with.
      if (controller.signal.aborted && through.type === 'Bridged') return void through.party.close()
      this.finish(through)
    })
  }

  private ask<T>(id: number, make: (signal: AbortSignal) => Promise<T>, tell: (answer: T | undefined) => void): void {
    const controller = new AbortController()
    const answered = this.latency.asking()
    const settle = (answer: T | undefined) => {
      answered()
      this.asked.delete(id)
      if (!controller.signal.aborted) tell(answer)
    }
    this.asked.set(id, controller)
    make(controller.signal).then(settle, () => settle(undefined))
  }

  private finish(end: End | TransferredCall): void {
    if (this.isStopped) return
    this.stop()
    this.environment.end(end)
  }
}
