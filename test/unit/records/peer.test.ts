import { expect } from 'chai'
import { peerNamed } from '../../../src/records/peer.ts'

const OPERATOR = 'callbot-operator.callbot-system.svc'

describe('a peer of the program records', () => {
  const peer = (...names: string[]) => peerNamed(names, 'clinic', [OPERATOR])

  it('is a pod by the name of a bot in the same namespace, and of no other', () => {
    expect(peer('town-hall.clinic.svc')).to.equal('Pod')
    for (const name of [
      'town-hall.other.svc',
      'clinic.svc',
      '.clinic.svc',
      'a.b.clinic.svc',
      'town-hall.clinic.svc.evil',
      'clinic',
      '',
    ])
      expect(peer(name), name).to.equal('Stranger')
    expect(peer()).to.equal('Stranger')
  })

  it('is the operator by its name, which stores nothing', () => {
    expect(peer(OPERATOR)).to.equal('Observer')
    expect(peerNamed([OPERATOR], 'callbot-system', [OPERATOR])).to.equal('Observer')
  })
})
