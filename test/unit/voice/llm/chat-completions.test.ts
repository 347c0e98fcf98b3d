import { expect } from 'chai'
import type { AskModel } from '../../../../src/conversation/types.ts'
import { conversationAnswerOf, conversationRequest } from '../../../../src/voice/llm/chat-completions.ts'

const wait: AskModel = {
  type: 'AskModel',
  step: 'talk',
  instructions: 'Tu es la mairie.',
  collects: [{ field: 'birth', meaning: 'date of birth', type: 'Date' }],
  exits: [{ name: 'done', when: 'all is known', next: 'end' }],
  turns: [],
}
const provider = { type: 'OpenAICompatible', url: 'https://llm.invalid/v1', timeoutMilliseconds: 3_000 } as const
const ask = (change: Partial<AskModel> = {}, model?: string) =>
  JSON.parse(
    conversationRequest({ ...provider, ...(model ? { model } : {}) }, { ...wait, ...change }, 'fr-FR').body.toString(),
  )
const answer = (content: string, status = 200) => {
  const body = Buffer.from(JSON.stringify({ choices: [{ message: { content } }] }))
  return conversationAnswerOf({ status, body })
}

describe('a step that a language model leads', () => {
  it('is asked with the instructions, the fields with their forms, the exits, the language and the talk', () => {
    const turns = [
      { role: 'Bot', text: 'Bonjour.' },
      { role: 'Caller', text: 'Bonjour, madame.' },
    ] as const
    const { messages, model } = ask({ turns }, 'small')
    expect(model).to.equal('small')
    expect(messages[0].role).to.equal('system')
    for (const part of ['Tu es la mairie.', 'fr-FR', '- birth: date of birth (YYYY-MM-DD)', '- done: all is known']) {
      expect(messages[0].content).to.include(part)
    }
    expect(messages.slice(1)).to.deep.equal([
      { role: 'assistant', content: 'Bonjour.' },
      { role: 'user', content: 'Bonjour, madame.' },
    ])
  })

  it('has a first word of the user when the bot begins, since servers want one', () => {
    expect(ask().messages[1].role).to.equal('user')
    expect(ask()).not.to.have.property('model')
  })

  it('is answered by one object, fenced or not; what is null is not there', () => {
    const whole = { say: 'Merci.', collected: { birth: '1980-03-12', age: 46, odd: {} }, exit: 'done' }
    const read = { say: 'Merci.', collected: { birth: '1980-03-12', age: '46' }, exit: 'done' }
    expect(answer(JSON.stringify(whole))).to.deep.equal(read)
    expect(answer(`\`\`\`json\n${JSON.stringify(whole)}\n\`\`\``)).to.deep.equal(read)
    expect(answer('{"say":"Oui ?","collected":null,"exit":null}')).to.deep.equal({ say: 'Oui ?', collected: {} })
  })

  it('fails when the model chats instead, and when the server fails', () => {
    expect(() => answer('Sure! Here is what I would say.')).to.throw('did not answer with the JSON object')
    expect(() => conversationAnswerOf({ status: 200, body: Buffer.from('{}') })).to.throw('no chat completion')
    expect(() => answer('{}', 503)).to.throw('it answered 503')
  })
})
