import { expect } from 'chai'
import { declarationOf } from '../../../../hack/tests/declaration.ts'

const E2E = 'test/e2e/a-call-is-answered.test.ts'
const COMPONENT = 'test/integration/edge/a-call.test.ts'

describe('what a test file declares', () => {
  it('is its tier, by its folder if it says nothing: a new end-to-end test is a proof, a new test of real programs is not', () => {
    const tiers = [E2E, COMPONENT, 'test/unit/a.test.ts', 'test/golden/a.test.ts', 'test/contrast/a.test.ts']
    expect(tiers.map((path) => declarationOf(path, '').tier)).to.deep.equal([
      ...['proof', 'component', 'unit', 'unit', 'component'],
    ])
    expect(declarationOf('test/integration/local-cluster/crash.test.ts', '').tier).to.equal('proof')
  })

  it('is in the comments at its top, one or more to a line', () => {
    const text = [
      '// @tier check  @stage drill  @programs operator edge  @seconds 90  @alone',
      `// @guard ${COMPONENT}`,
      "import { expect } from 'chai'",
      '// @seconds 12',
    ]
    expect(declarationOf(E2E, text.join('\n'))).to.deep.equal({
      ...{ tier: 'check', stage: 'drill', programs: ['operator', 'edge'], seconds: 90 },
      ...{ isAlone: true, isShared: false, guards: [COMPONENT] },
    })
  })

  it('says by a call that it shares its cluster', () => {
    expect(declarationOf(E2E, 'await zones.sharedOperatorServes()')).to.include({ isShared: true, seconds: 60 })
    expect(declarationOf(E2E, 'await zones.operatorServes()')).to.include({ isShared: false })
  })

  it('has an issue, an owner and a date for a quarantine', () => {
    expect(declarationOf(COMPONENT, '// @quarantine 26 edge-team 2026-12-13\n').quarantine).to.deep.equal({
      ...{ issue: '26', owner: 'edge-team', until: '2026-12-13' },
    })
    expect(() => declarationOf(COMPONENT, '// @quarantine 26 edge-team\n')).to.throw('is not a declaration')
  })

  it('is refused where nothing reads it, with what there is', () => {
    expect(() => declarationOf(E2E, '// @tier slow\n')).to.throw(
      'a-call-is-answered.test.ts: @tier slow: use one of unit, component, check, proof',
    )
    expect(() => declarationOf(E2E, '// @flaky\n')).to.throw('@flaky is not a declaration')
    expect(() => declarationOf(E2E, '// @seconds soon\n')).to.throw('@seconds soon is not a declaration')
    expect(() => declarationOf('test/other/a.test.ts', '')).to.throw('no tier for this folder')
  })
})
