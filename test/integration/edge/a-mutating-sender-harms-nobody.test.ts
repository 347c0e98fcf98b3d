// @tier proof  @programs edge voice  @seconds 30
// @guard test/integration/edge/a-description-aims-nowhere.test.ts
import { expect } from 'chai'
import { playRoundApart } from '../../fuzz/edge/namespace.ts'
import { describeFinding } from '../../fuzz/edge/describe-finding.ts'
import { extent } from '../../harness/extent.ts'

/** Another one plays other mutations; with MUTATIONS=1, that of a finding alone. */
const SEED = Number(process.env['SEED'] ?? 20_261_207)
const MUTATIONS = extent('MUTATIONS', { short: 120, whole: 10_000_000 })
/** Until no further batch begins. `PROOF=whole` plays for two hours. */
const SECONDS = extent('FUZZ_SECONDS', { short: 12, whole: 7_200 })
/** Set up, what is played again alone, and until nothing is left of the last call. */
const AROUND_SECONDS = 300

describe(`a sender who mutates SIP and session descriptions, from seed ${SEED} on`, () => {
  it('sends media to nobody else, harms no call of a neighbour, stalls no pod, and leaves nothing behind', async () => {
    const round = await playRoundApart({ seed: SEED, mutations: MUTATIONS, seconds: SECONDS, findings: 3 })
    expect(round.findings.map(describeFinding).join('\n'), 'findings').to.equal('')
    expect(round.mutations).to.be.above(0)
    expect(round.packets).to.be.above(0)
    expect(round.neighbourFrames).to.be.above(0)
    expect(round.optionsAsked).to.be.above(0)
  }).timeout((SECONDS + AROUND_SECONDS) * 1_000)
})
