/** The smallest dialog with a turn of the caller's, and who takes turns in it quickly. */
import { flowSchema } from '../../src/api/flow.ts'

export const oneQuestion = flowSchema.parse({
  steps: [
    {
      name: 'wish',
      ask: { text: 'Bonjour.', field: 'wish', slot: { type: 'FreeText' }, confirm: 'Never' },
      next: 'fin',
    },
    { name: 'fin', hangUp: { say: 'Au revoir.' } },
  ],
})

export const quickTurns = {
  endOfTurnMilliseconds: 300,
  silenceSeconds: 300,
  stuckSeconds: 4,
  longestCallSeconds: 3_600,
}
