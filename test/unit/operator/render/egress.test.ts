import { expect } from 'chai'
import { egressVariable } from '../../../../src/operator/render/egress.ts'
import { DEFAULT_VALUES, parseEgress } from '../../../../src/rules/egress.ts'

describe('what a pod is given of the egress policy', () => {
  it('is what is open for its own namespace, so that another one learns nothing and changes no pod', () => {
    const open = [
      { cidrs: ['10.20.0.0/16'], namespaces: ['acme', 'lilas'], peers: [{ podSelector: {} }] },
      { cidrs: ['10.30.0.0/16'], namespaces: ['another'] },
      { cidrs: ['10.40.0.0/16'], namespaces: ['*'] },
    ]
    const [variable] = egressVariable({ ...DEFAULT_VALUES, enforce: true, open }, 'acme')
    expect(JSON.parse(variable!.value!)).to.deep.equal({
      ...{ enforce: true, clusterCidrs: [] },
      open: [
        { cidrs: ['10.20.0.0/16'], namespaces: ['acme'] },
        { cidrs: ['10.40.0.0/16'], namespaces: ['acme'] },
      ],
    })
    expect(parseEgress(variable!.value!)).to.not.equal(undefined)
  })

  it('is nothing by default, so that an upgrade replaces no pod', () => {
    expect(egressVariable(DEFAULT_VALUES, 'acme')).to.deep.equal([])
    const others = [{ cidrs: ['10.30.0.0/16'], namespaces: ['another'] }]
    expect(egressVariable({ ...DEFAULT_VALUES, open: others }, 'acme')).to.deep.equal([])
  })
})
