import { expect } from 'chai'
import fc from 'fast-check'
import { parseEdgeRoutes, readRoutesPath, routesPath, routesQuestions } from '../../../src/rules/edge-routes.ts'
import { readTarget } from '../../../src/listeners/request-target.ts'
import { costOf } from '../../harness/event-loop.ts'

const name = fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,43}[a-z0-9])?$/)
const bot = fc.tuple(name, name).map(([namespace, own]) => `${namespace}/${own}`)
const bots = fc.uniqueArray(bot, { maxLength: 200 })

describe('the question which routes an edge runs', () => {
  it('is asked in as many parts as it takes, each bot in one, and an edge reads each part', () => {
    fc.assert(
      fc.property(bots, (all) => {
        const questions = routesQuestions(all)
        expect(questions.flat()).to.deep.equal(all)
        for (const question of questions)
          expect(readRoutesPath(readTarget(routesPath(question))!.path)).to.deep.equal(question)
      }),
    )
  })

  it('is none when it names what can be no bot', () => {
    for (const path of [
      '/routes/',
      '/routes',
      '/state',
      '/routes/a',
      '/routes/a/b,',
      '/routes/a/b%0A',
      '/routes/a/b/c',
    ])
      expect(readRoutesPath(path), path).to.equal(undefined)
  })
})

describe('the answer which routes an edge runs', () => {
  it('counts for bots that were asked for, and for no other', () => {
    const text = JSON.stringify({
      routes: [
        { bot: 'lilas/accueil', epoch: 7 },
        { bot: 'roses/accueil', epoch: 9 },
      ],
    })
    expect([...parseEdgeRoutes(text, ['lilas/accueil', 'lilas/soir'])!]).to.deep.equal([['lilas/accueil', 7]])
  })

  it('is none at all when it is anything else', () => {
    const wrong = ['', '[]', '{}', '{"routes":{}}', '{"routes":[{"bot":"lilas/accueil"}]}']
    const epochs = ['-1', '1.5', '"7"', 'null', '1e400'].map(
      (epoch) => `{"routes":[{"bot":"lilas/accueil","epoch":${epoch}}]}`,
    )
    for (const text of [...wrong, ...epochs, '['.repeat(60_000)])
      expect(parseEdgeRoutes(text, ['lilas/accueil']), text.slice(0, 60)).to.equal(undefined)
  })

  it('never throws, whatever it is, and takes milliseconds at its longest', () => {
    fc.assert(fc.property(fc.string(), (text) => void parseEdgeRoutes(text, ['lilas/accueil'])))
    const many = JSON.stringify({ routes: Array.from({ length: 1_800 }, (_, n) => ({ bot: `lilas/b${n}`, epoch: n })) })
    const asked = Array.from({ length: 200 }, (_, n) => `lilas/b${n}`)
    const read = () => parseEdgeRoutes(many.padEnd(65_536), asked)
    expect(read()!.size).to.equal(200)
    expect(costOf(read), 'milliseconds of a core').to.be.below(50)
  })
})
