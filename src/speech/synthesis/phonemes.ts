import { spawn } from 'node:child_process'

/** A voice of espeak-ng can't take longer for a sentence unless it hangs. */
const TIMEOUT_MS = 5_000

/**
 * How a text is pronounced, in the International Phonetic Alphabet, with the punctuation marks that shape its melody.
 * espeak-ng is a program beside us and never linked (it is under the GPL); the text goes through a pipe, so that no list of processes shows it.
 */
export async function phonemesOf(text: string, voice: string): Promise<string> {
  const parts = await Promise.all(
    clauses(text).map(async ({ words, mark }) => (words === '' ? mark : `${await ask(words, voice)}${mark}`)),
  )
  return parts.filter((part) => part !== '').join(' ')
}

/** Words up to a mark which is followed by a space or the end, so that 14.30 and 12,5 stay whole. */
export function clauses(text: string): { words: string; mark: string }[] {
  const found = text.split(/\s+/).map(withoutMarks)
  const joined: { words: string; mark: string }[] = []
  for (const { words, mark } of found) {
    const last = joined.at(-1)
    if (last && last.mark === '' && (words !== '' || mark !== '')) {
      last.words = `${last.words} ${words}`.trim()
      last.mark = mark
    } else if (words !== '' || mark !== '') joined.push({ words, mark })
  }
  return joined
}

const MARKS = '.,;:!?…'

/** A word without the marks at its end, and the last of these. */
function withoutMarks(word: string): { words: string; mark: string } {
  let end = word.length
  while (end > 0 && MARKS.includes(word[end - 1]!)) end--
  return { words: word.slice(0, end), mark: word.slice(end).slice(-1) }
}

function ask(words: string, voice: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn('espeak-ng', ['-q', '--ipa', '-v', voice, '--stdin'], {
      stdio: ['pipe', 'pipe', 'ignore'],
      timeout: TIMEOUT_MS,
    })
    const said: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => said.push(chunk))
    child.on('error', (cause) =>
      reject(new Error('espeak-ng can not be run: install the package espeak-ng', { cause })),
    )
    child.on('close', (code) => {
      if (code === 0) resolve(tidy(String(Buffer.concat(said))))
      else reject(new Error(`espeak-ng ended with code ${code}`))
    })
    child.stdin.on('error', () => undefined) // it ended before it read all: its exit code tells
    child.stdin.end(words)
  })
}

/** One line, without the marks by which espeak-ng shows that it took a word for another language: (en)...(fr). */
const tidy = (ipa: string) =>
  ipa
    .replace(/\([a-z-]+\)/g, '')
    .replace(/[-\u200d]/g, '')
    .replace(/\s+/g, ' ')
    .trim()
