/**
 * Cuts a stream of chunks into lines at LF, whatever the chunks' borders. Searching bytes with `indexOf` and decoding a
 * whole line at once is what makes it quick: UTF-8 never has the byte 0x0A inside another character.
 */
export class LineSplitter {
  #rest: Buffer[] = []

  /** The lines that this chunk completes, without their end. Empty lines are left out. */
  push(chunk: Buffer): string[] {
    const lines: string[] = []
    let start = 0
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
      const line = this.#take(chunk.subarray(start, end))
      if (line !== '') lines.push(line)
      start = end + 1
    }
    if (start < chunk.length) this.#rest.push(chunk.subarray(start))
    return lines
  }

  #take(tail: Buffer): string {
    if (this.#rest.length === 0) return tail.toString('utf8')
    const whole = Buffer.concat([...this.#rest, tail])
    this.#rest = []
    return whole.toString('utf8')
  }
}
