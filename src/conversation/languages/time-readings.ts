/** Minutes before or after an hour, over midnight too. */
export function moved(hour: number, minutes: number): { hour: number; minute: number } {
  const all = (hour * 60 + minutes + 1440) % 1440
  return { hour: Math.floor(all / 60), minute: all % 60 }
}

/** Offices are open by day: without a word about it, one to seven is in the afternoon. */
export function byDay(hour: number): { hour: number; isGuess: boolean } {
  return hour >= 1 && hour <= 7 ? { hour: hour + 12, isGuess: true } : { hour, isGuess: false }
}
