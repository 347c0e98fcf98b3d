import { expect } from 'chai'
import type { IncomingCall } from '../../../../src/telephony/call.ts'
import type { Party } from '../../../../src/voice/session/party.ts'
import {
  reachEmergencyNumber,
  type EmergencyFallbackOptions,
} from '../../../../src/voice/session/emergency-fallback.ts'

const CAUSES = ['NoCapacity', 'BotFailure', 'Silence', 'CallerWish'] as const
type PutThroughRequest = Parameters<EmergencyFallbackOptions['putThrough']>[1]

describe('the call to the emergency number', () => {
  /** Resolves with what was asked of the one who puts callers through. */
  async function requestOf(o: { causes?: readonly (typeof CAUSES)[number][] }): Promise<PutThroughRequest[]> {
    const requests: PutThroughRequest[] = []
    const person = {} as Party
    const caller = {
      dialog: { ended: new Promise(() => {}), isEnded: false },
      listenWith: ({ onFrame }: { onFrame: () => void }) => {
        for (let tick = 0; tick < 200; tick++) onFrame()
      },
      send: () => {},
    } as unknown as Party
    await reachEmergencyNumber(caller, {} as IncomingCall, {
      cause: 'BotFailure',
      handOver: { motif: 'annulation' },
      options: {
        fallback: { number: '+33199000099', integrationRef: { name: 'pbx' }, causes: [...(o.causes ?? CAUSES)] },
        putThrough: (_, request) => {
          requests.push(request)
          return Promise.resolve(person)
        },
        apology: () => [],
      } as EmergencyFallbackOptions,
    })
    return requests
  }

  it('goes to the emergency number through its Integration', async () => {
    const [request] = await requestOf({})
    expect(request).to.deep.include({ kind: 'Emergency', integration: 'pbx', to: '+33199000099' })
  })

  it('hands over what may leave the bot, and nothing else', async () => {
    expect((await requestOf({}))[0]!.handOver).to.deep.equal({ motif: 'annulation' })
  })

  it('calls nobody for a cause that the bot leaves out', async () => {
    expect(await requestOf({ causes: ['Silence'] })).to.deep.equal([])
  })
})
