/**
 * What Whisper writes when it hears no words: notes in brackets, songs, and the credits of the films that it learned from.
 * The voice detector keeps most of that away; this takes the rest.
 */
const NOTES = /\[[^[\]]*\]|\([^()]*\)|\*[^*]*\*|♪[^♪]*♪?/gu
const CREDITS =
  /^(?:sous-titr(?:es|age|é)\b|thank(?:s| you) for watching|merci d['’]avoir regardé|subtitles? by)|\bamara\.org\b|\bsociété radio-canada\b/iu

/** The words of a transcript, without what nobody said. */
export function wordsOf(transcript: string): string {
  const text = transcript.replace(NOTES, ' ').replace(/\s+/g, ' ').trim()
  return CREDITS.test(text) || !/[\p{L}\p{N}]/u.test(text) ? '' : text
}
