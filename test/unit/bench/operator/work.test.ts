import { expect } from 'chai'
import { comparable, differences } from '../../../../bench/operator/work.ts'

describe('the work of two contestants side by side', () => {
  it('differs in no field that each draws or counts for itself', () => {
    const route = (epoch: number, uid: string) => ({ data: { route: JSON.stringify({ callbot: { uid }, epoch }) } })
    expect(differences(comparable(route(1, 'a')), comparable(route(2, 'b')))).to.deep.equal([])
  })

  it('differs where one leaves out such a field', () => {
    expect(differences(comparable({ madeAt: 'now' }), comparable({}))).to.deep.equal(['madeAt'])
  })

  it('names the field inside a text that is JSON', () => {
    const bot = (language: string) => comparable({ data: { 'bot.json': JSON.stringify({ language, tests: [] }) } })
    expect(differences(bot('fr-FR'), bot('de-DE'))).to.deep.equal(['data.bot.json.language'])
  })
})
