import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'

/** What a verb of the command line ends with, and all that it wrote. */
export async function outputOf(
  play: (output: PassThrough) => Promise<number>,
): Promise<{ code: number; text: string }> {
  const output = new PassThrough()
  const written = text(output)
  const code = await play(output)
  output.end()
  return { code, text: await written }
}
