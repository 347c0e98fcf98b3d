import { expect } from 'chai'
import { peerNamed } from '../../../src/store-server/peer.ts'

const OPERATOR = 'callbot-operator.callbot-system.svc'
const peer = (...names: string[]) => peerNamed(names, [OPERATOR])

describe('a peer of the program store', () => {
  it('is the program records of the namespace that its certificate names', () => {
    const records = { kind: 'Records', namespace: 'clinic' }
    expect(peer('callbot-records.clinic.svc')).to.deep.equal(records)
    expect(peer('callbot-records.clinic.svc', 'callbot-records.clinic.svc.cluster.local')).to.deep.equal(records)
  })

  it('is a stranger by any other name, and by those of two namespaces', () => {
    const others = [
      ...['town-hall.clinic.svc', 'callbot-records.clinic', 'callbot-records.clinic.svc.evil', 'callbot-records..svc'],
      ...['x.callbot-records.clinic.svc', 'callbot-records.a.b.svc', 'callbot-records.-a.svc', 'clinic', ''],
    ]
    for (const name of others) expect(peer(name), name).to.deep.equal({ kind: 'Stranger' })
    expect(peer()).to.deep.equal({ kind: 'Stranger' })
    expect(peer('callbot-records.clinic.svc', 'callbot-records.other.svc')).to.deep.equal({ kind: 'Stranger' })
  })

  it('is the operator by its name, which stores nothing', () => {
    expect(peer(OPERATOR)).to.deep.equal({ kind: 'Observer' })
  })
})
