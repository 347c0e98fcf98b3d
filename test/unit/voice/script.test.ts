import { expect } from 'chai'
import type { BotConfiguration } from '../../../src/api/bot-configuration.ts'
import { silent } from '../../../src/lib/log.ts'
import { openDialogs } from '../../../src/voice/script.ts'
import { FakeClock } from '../../kit/fake-clock.ts'
import { asking } from '../../kit/flows.ts'

describe('the dialog of a pod', () => {
  it('puts nobody on hold for people who can not be called yet: it says sorry', async () => {
    const bot = {
      language: 'fr-FR',
      dialog: asking('slot: { type: YesNo }'),
      fallback: { causes: ['CallerWish', 'BotFailure'], say: 'Restez en ligne, je vous passe quelqu’un.' },
    } as unknown as BotConfiguration
    const dialogs = await openDialogs({ bot, clock: new FakeClock(), log: silent, onChange: () => undefined })
    const { dialog } = dialogs.current!
    const [state] = dialog.start(0)
    const [, effects] = dialog.advance(state, { type: 'Heard', text: 'Je veux parler à quelqu’un' }, 0)
    dialogs.close()
    expect(effects).to.deep.include({ type: 'Fallback', step: 'question', cause: 'CallerWish' })
    const said = effects.flatMap((effect) => (effect.type === 'Say' ? [effect.text] : []))
    expect(said).to.deep.equal(['Je suis désolé, je ne peux pas continuer. Merci de rappeler plus tard. Au revoir.'])
  })
})
