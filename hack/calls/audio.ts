/** A file of A-law octets, as SIPp plays it. */
import { writeFileSync } from 'node:fs'
import { encode, laws } from '../../src/wire/codec/g711.ts'

export function alawOf(samples: Int16Array): Buffer {
  const octets = Buffer.alloc(samples.length)
  encode(laws.PCMA, samples, octets, 0)
  return octets
}

/** @returns the file's name */
export function writeAlaw(file: string, samples: Int16Array): string {
  writeFileSync(file, alawOf(samples))
  return file
}
