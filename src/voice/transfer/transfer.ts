import type { BotConfiguration } from '../../api/bot-configuration.ts'
import type { IncomingCall } from '../../telephony/call.ts'
import type { CallEnvironment, TransferredCall } from '../session/driver.ts'
import type { Party } from '../session/party.ts'
import { handOverHeaders } from './outgoing-invite.ts'
import type { PutThrough } from './put-through.ts'
import { refer } from './refer.ts'

/** A dialog has other ways to go on. */
const PATIENCE_SECONDS = 3

type Wait = Parameters<CallEnvironment['transfer']>[0]

/** Puts a caller through as a step of the dialog wants. Undefined: nobody took the call, or it was called off. */
export async function transfer(
  caller: Party,
  incoming: IncomingCall,
  o: { wait: Wait; signal: AbortSignal; bot: Pick<BotConfiguration, 'integrations'>; putThrough: PutThrough },
): Promise<TransferredCall | undefined> {
  const { wait, signal } = o
  if (wait.method === 'Refer') {
    const referred = await askToTake(caller, incoming, o)
    if (referred === 'Taken') return { type: 'Referred' }
    // Somebody was called and did not come: ringing there again by another way would be a second call.
    if (referred === 'Failed' || signal.aborted) return undefined
  }
  const { integration, to, ringSeconds, handOver } = wait
  const target = { kind: 'Transfer', integration, to, ringSeconds, retrySeconds: PATIENCE_SECONDS } as const
  const party = await o.putThrough(incoming, { ...target, handOver }, signal)
  return party === undefined ? undefined : { type: 'Bridged', party }
}

/** Refused, too, where the integration does not list it: `kubectl apply` says so, but a spec may change while a call goes on. */
async function askToTake(caller: Party, incoming: IncomingCall, { wait, bot }: Parameters<typeof transfer>[2]) {
  const { integration, to, ringSeconds, handOver } = wait
  const trunks = bot.integrations.find(({ name }) => name === integration)?.sip
  if (trunks?.transferMethods.includes('Refer') !== true) return 'Refused'
  return refer(caller, incoming, { to, ringSeconds, headers: handOverHeaders(handOver, trunks) })
}
