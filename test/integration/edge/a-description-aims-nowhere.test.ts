// @seconds 20
import { expect } from 'chai'
import { readFileSync } from 'node:fs'
import type { CaseResult, NamedCase } from '../../fuzz/edge/cases.ts'
import { playCasesApart } from '../../fuzz/edge/namespace.ts'
import { description } from '../../fuzz/edge/sip-text.ts'
import { CALLERS, MEDIA_PORT, TRUNK } from '../../fuzz/edge/sites.ts'

/** Each was found to aim media at somebody, or looks as if it could. Octets as latin1; POD stands for the address of the pod that plays. */
const AIMS = JSON.parse(readFileSync('test/fixtures/sdp/aims.json', 'utf8')) as NamedCase[]
/** What a proxy can still refuse: behind an answer and an ACK there is nothing more to say. */
const REFUSABLE = ['offer', 'again', 'update']

const plain = (address: string) => description(address, MEDIA_PORT)
const GOOD: NamedCase[] = [
  { name: "a caller's offer", call: 'in', step: 'offer', body: plain(CALLERS[0]!) },
  { name: "a caller's ACK", call: 'in', step: 'late-answer', body: plain(CALLERS[0]!) },
  { name: "a pod's answer", call: 'in', step: 'answer', body: plain('POD') },
  { name: "a pod's offer", call: 'out', step: 'offer', body: plain('POD') },
  { name: "a trunk's answer", call: 'out', step: 'answer', body: plain(TRUNK) },
]

/** Callers, pods and trunks send each description through the real proxy and relay, and both ends of the call speak. */
describe('a session description that leads somewhere else than to its party', function () {
  this.timeout(150_000)
  let results: ReadonlyMap<string, CaseResult>

  before(async () => {
    const played = await playCasesApart([...AIMS, ...GOOD])
    results = new Map(played.map((each) => [each.name, each]))
  })

  for (const { name, step } of AIMS)
    it(`${REFUSABLE.includes(step) ? 'is refused' : 'sends no packet there'} when ${name}`, () => {
      const { strayed, outcome } = results.get(name)!
      expect(strayed, outcome).to.deep.equal([])
      if (REFUSABLE.includes(step)) expect(outcome).to.match(/ 4\d\d$/)
    })

  for (const { name } of GOOD)
    it(`is not found in ${name} that names its own sender, and both ends hear each other`, () => {
      const { strayed, outcome, heard } = results.get(name)!
      expect(strayed).to.deep.equal([])
      expect(outcome).to.match(/ 200$/)
      expect(Math.min(heard.caller, heard.callee), JSON.stringify(heard)).to.be.above(0)
    })
})
