import { expect } from 'chai'
import type { IncomingCall } from '../../../../src/telephony/call.ts'
import type { Party } from '../../../../src/voice/session/party.ts'
import { rescue, type RescueTools } from '../../../../src/voice/session/emergency-fallback.ts'

const CAUSES = ['NoCapacity', 'BotFailure', 'Silence', 'CallerWish'] as const
type Errand = Parameters<RescueTools['putThrough']>[1]

describe('the rescue of a caller', () => {
  /** Resolves with what was asked of the one who puts callers through. */
  async function errandOf(o: { causes?: readonly (typeof CAUSES)[number][]; collect?: string[] }): Promise<Errand[]> {
    const errands: Errand[] = []
    const person = {} as Party
    const caller = {
      dialog: { ended: new Promise(() => {}), isEnded: false },
      heardBy: ({ onFrame }: { onFrame: () => void }) => {
        for (let tick = 0; tick < 200; tick++) onFrame()
      },
      send: () => {},
    } as unknown as Party
    await rescue(caller, {} as IncomingCall, {
      cause: 'BotFailure',
      collected: { motif: 'annulation', dossier: '4711' },
      tools: {
        fallback: { number: '+33199000099', integrationRef: { name: 'pbx' }, causes: [...(o.causes ?? CAUSES)] },
        ...(o.collect && { collect: o.collect }),
        putThrough: (_, errand) => {
          errands.push(errand)
          return Promise.resolve(person)
        },
        apology: () => [],
      } as RescueTools,
    })
    return errands
  }

  it('goes to the emergency number through its Integration', async () => {
    const [errand] = await errandOf({})
    expect(errand).to.deep.include({ kind: 'Emergency', integration: 'pbx', to: '+33199000099' })
  })

  it('hands over what was collected, and with a retention policy only what that lists', async () => {
    expect((await errandOf({}))[0]!.handOver).to.deep.equal({ motif: 'annulation', dossier: '4711' })
    expect((await errandOf({ collect: ['motif'] }))[0]!.handOver).to.deep.equal({ motif: 'annulation' })
    expect((await errandOf({ collect: [] }))[0]!.handOver).to.deep.equal({})
  })

  it('calls nobody for a cause that the bot leaves out', async () => {
    expect(await errandOf({ causes: ['Silence'] })).to.deep.equal([])
  })
})
