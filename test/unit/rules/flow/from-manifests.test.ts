import { expect } from 'chai'
import type { Callbot } from '../../../../src/api/callbot.ts'
import type { Manifests } from '../../../../src/api/manifests.ts'
import { dialogOf } from '../../../../src/rules/flow/from-manifests.ts'

const bot = {
  metadata: { name: 'desk', namespace: 'lilas' },
  spec: { dialog: { configMapRef: { name: 'flow', key: 'flow.yaml' } } },
} as unknown as Callbot
const text = (name: string) => `steps:\n  - name: ${name}\n    hangUp: { say: Au revoir. }\n`
const configMap = (namespace: string, name: string, step: string) => ({
  ...{ metadata: { namespace, name }, data: { 'flow.yaml': text(step) } },
})
const found = (...configMaps: object[]) => dialogOf(bot, { configMaps } as unknown as Manifests)

describe('the conversation flow of a bot in manifests', () => {
  it('is that of the ConfigMap of its name in its namespace', () => {
    const all = [
      configMap('acme', 'flow', 'theirs'),
      configMap('lilas', 'other', 'another'),
      configMap('lilas', 'flow', 'own'),
    ]
    const dialog = found(...all)
    expect('flow' in dialog && dialog.flow.steps[0]!.name).to.equal('own')
  })

  it('is missing where there is one of its name in another namespace, or one of another name, alone', () => {
    for (const other of [configMap('acme', 'flow', 'theirs'), configMap('lilas', 'other', 'another')])
      expect(found(other)).to.have.nested.property('problems[0].path', 'ConfigMap flow, flow.yaml')
  })
})
