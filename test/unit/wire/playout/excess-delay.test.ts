import { expect } from 'chai'
import fc from 'fast-check'
import { Slack } from '../../../../src/wire/playout/excess-delay.ts'

/** The judgements about packets with these margins, and after how many of them each was made. */
function judge(margins: readonly number[], slack = new Slack()) {
  return margins.flatMap((margin, index) => {
    const spare = slack.note(margin)
    return spare === undefined ? [] : [{ spare, after: index + 1 }]
  })
}

const seconds = (...least: number[]) => least.flatMap((margin) => [margin, ...Array.from({ length: 49 }, () => 500)])

describe('what the delay of a stream has to spare', () => {
  it('is known after two seconds at the start, then after every five', () => {
    const slack = new Slack()
    // As a new source does it.
    slack.begin()
    const found = judge(
      Array.from({ length: 600 }, () => 200),
      slack,
    )
    expect(found).to.deep.equal([100, 350, 600].map((after) => ({ spare: 200, after })))
  })

  it('is what the worst packet had, but for one bad second in five', () => {
    const settled = () => {
      const slack = new Slack()
      judge(seconds(500, 500), slack)
      return slack
    }
    expect(judge(seconds(300, 0, 300, 300, 310), settled())).to.deep.equal([{ spare: 300, after: 250 }])
    expect(judge(seconds(300, 0, 300, 20, 310), settled())).to.deep.equal([{ spare: 20, after: 250 }])
    const stall = [...seconds(300).slice(0, -2), 0, 0, 0, 0, 0, 300, 300, ...seconds(300, 300, 300, 300)]
    expect(judge(stall, settled())[0], 'one that is of two seconds').to.deep.include({ spare: 300 })
    expect(judge(seconds(0, 300)), 'too little was seen at the start').to.deep.equal([{ spare: 0, after: 100 }])
  })

  it('is judged later and later where it was judged too well, up to a minute, and sooner again where it can be trusted', () => {
    const slack = new Slack()
    slack.doubt()
    expect(
      judge(
        Array.from({ length: 500 }, () => 200),
        slack,
      ),
    ).to.deep.equal([{ spare: 200, after: 500 }])
    for (let times = 0; times < 10; times++) slack.doubt()
    expect(
      judge(
        Array.from({ length: 3_000 }, () => 200),
        slack,
      ),
    ).to.deep.equal([{ spare: 200, after: 3_000 }])
    slack.trust()
    expect(
      judge(
        Array.from({ length: 1_500 }, () => 200),
        slack,
      ),
    ).to.deep.equal([{ spare: 200, after: 1_500 }])
  })

  it('is never more than what four of five seconds had', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(500), { minLength: 350, maxLength: 350 }), (margins) => {
        for (const { spare, after } of judge(margins).filter((one) => one.after === 350)) {
          const window = margins.slice(after - 250, after)
          const tighter = [0, 1, 2, 3, 4].filter((second) =>
            window.slice(second * 50, second * 50 + 50).some((margin) => margin < spare),
          )
          expect(tighter).to.have.length.at.most(1)
        }
      }),
    )
  })
})
