import { expect } from 'chai'
import { globSync, readFileSync } from 'node:fs'

/**
 * Where libraries of inference send what they learn of their users. onnxruntime has it in its Linux builds from 1.29 on, turned on: the
 * variable that turns it off is one that somebody forgets, so we use a build without it.
 */
const COLLECTORS = ['events.data.microsoft.com', 'OneCollector', 'vortex.data']

describe('the libraries that hear and speak', () => {
  const files = ['onnxruntime-node/bin/*/linux/*/*', '@napi-rs/whisper-linux-*/*.node'].flatMap((pattern) =>
    globSync(`node_modules/${pattern}`),
  )

  it('are there', () => expect(files.length).to.be.at.least(3))

  for (const file of files) {
    it(`know no collector of usage data: ${file.replace('node_modules/', '')}`, () => {
      const content = readFileSync(file)
      expect(COLLECTORS.filter((name) => content.includes(name))).to.deep.equal([])
    })
  }
})
