import { expect } from 'chai'
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { randomBytes } from 'node:crypto'
import { alawOf } from '../../../../hack/calls/audio.ts'
import { formsOfDigits, formsOfText, patternsOf } from '../../../harness/octet-search/forms.ts'
import { compile } from '../../../harness/octet-search/matcher.ts'
import { searchMemory, segmentsIn } from '../../../harness/octet-search/memory.ts'
import { searchFile } from '../../../harness/octet-search/sources.ts'
import { formsOfSound } from '../../../harness/octet-search/sound-forms.ts'
import { vowels } from '../../../harness/vowels.ts'

const matcher = compile(patternsOf('digits', formsOfDigits('33970284615')))

describe('the search of a file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'callbot-search-'))
  after(() => rmSync(folder, { recursive: true }))
  const fileOf = (octets: Buffer) => {
    const file = join(folder, 'image')
    writeFileSync(file, octets)
    return file
  }

  it('says where it found what, and what stands around it, also across the border of two reads', async () => {
    const octets = Buffer.alloc(9 * 1024 ** 2)
    const at = 4 * 1024 ** 2 - 5
    octets.write('caller=33970284615', at - 7)
    const { finds, octets: searched } = await searchFile(fileOf(octets), matcher)
    expect(searched).to.equal(octets.length)
    expect(finds.map((find) => [find.name, find.at])).to.deep.equal([['digits/UTF-8', at]])
    expect(finds[0]!.around).to.include('caller=33970284615')
  })

  it('finds what lies in a gzip stream, wherever it begins, and in one that breaks off', async () => {
    const stream = gzipSync(
      Buffer.concat([randomBytes(100_000), Buffer.from('33 97 02 84 61 5'), randomBytes(300_000)]),
    )
    const cut = stream.subarray(0, 300_000)
    const octets = Buffer.concat([randomBytes(1_003), stream, Buffer.alloc(777), cut, randomBytes(50)])
    const { finds } = await searchFile(fileOf(octets), matcher)
    const found = finds.map(({ name, inStreamAt }) => [name, inStreamAt])
    expect(found).to.deep.include(['digits/grouped, in gzip', 1_003])
    expect(found).to.deep.include(['digits/grouped, in gzip', 1_003 + stream.length + 777])
  })
})

describe('the search of the memory of a program', () => {
  it('finds what the program holds: text of both widths, octets and samples', async function () {
    this.timeout(20_000)
    const program = `
      const parts = process.env.PARTS.split(' ').map((part) => BigInt(part).toString())
      const text = parts.join('')
      globalThis.held = [text.split('').join(' '), JSON.parse('"\\u0153' + text + '"'), Buffer.from(text).toString('hex')]
      console.log('up'); setInterval(() => 0, 1000)`
    const child = spawn(process.execPath, ['-e', program], { env: { PARTS: '33970 284615' } })
    try {
      await new Promise((resolve) => child.stdout.once('data', resolve))
      const { finds } = await searchMemory(child.pid!, matcher)
      const names = new Set(finds.map(({ name }) => name))
      expect([...names]).to.include.members(['digits/grouped', 'digits/UTF-16LE', 'digits/hex, lower case'])
    } finally {
      child.kill()
    }
  })

  it('reads what programs write, and no copies of files', () => {
    const maps = [
      '7f0000000000-7f0000001000 r--p 00000000 fe:00 1 /usr/bin/node',
      '7f0000001000-7f0000002000 rw-p 00000000 fe:00 1 /usr/bin/node',
      '7f0000003000-7f0000004000 rw-s 00000000 00:01 9 /dev/zero (deleted)',
      '7f0000005000-7f0000006000 ---p 00000000 00:00 0 ',
      '7f0000007000-7f0000008000 r--p 00000000 00:00 0 [vvar]',
      '7f0000009000-7f000000a000 rw-p 00000000 00:00 0 [heap]',
      '',
    ].join('\n')
    expect(segmentsIn(maps).map(({ name }) => name)).to.deep.equal(['/usr/bin/node', '/dev/zero (deleted)', '[heap]'])
  })
})

describe('the forms that are searched for', () => {
  it('are at least twelve of a text, and more of digits and sound', () => {
    expect(Object.keys(formsOfText('Quervélinoux')).length).to.be.at.least(20)
    expect(Object.keys(formsOfDigits('33970284615'))).to.include.members([
      'grouped',
      'spoken digits',
      'DTMF events',
      'pglz',
    ])
    expect(Object.keys(formsOfSound(alawOf(vowels(2))))).to.have.length(7)
  })

  it('are found whatever stands before and after them in one encoding', () => {
    for (const before of ['', 'a', 'ab', 'abc', 'card=', 'é']) {
      const text = `${before}33970284615, and more`
      const names = new Set<string>()
      const encodings: BufferEncoding[] = ['base64', 'base64url', 'hex']
      const texts = encodings.map((encoding) => Buffer.from(text).toString(encoding))
      const wide = Buffer.from(text, 'utf16le')
      for (const octets of [...texts.map((each) => Buffer.from(each)), wide, Buffer.from(wide.toString('base64'))])
        matcher.scan(octets, ({ name }) => names.add(name))
      const forms = ['base64', 'hex, lower case', 'UTF-16LE', 'base64 of UTF-16LE']
      expect([...names], before).to.include.members(forms.map((form) => `digits/${form}`))
    }
  })
})
