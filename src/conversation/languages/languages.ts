import { english } from './en/english.ts'
import { french } from './fr/french.ts'
import type { Language } from './language.ts'

/** The language of a bot: fr-FR, en-GB, ... */
export const languageOf = (tag: string): Language => (tag.startsWith('fr') ? french : english)

/** ISO 3166-1 alpha-2. */
export const countryOf = (tag: string): string => tag.slice(3, 5)

/** Where the bot is at home when nothing else is said: "tomorrow" depends on it. */
export const timeZoneOf = (country: string): string => CAPITALS[country] ?? 'UTC'

const CAPITALS: Readonly<Record<string, string>> = {
  AU: 'Australia/Sydney',
  BE: 'Europe/Brussels',
  CA: 'America/Toronto',
  CH: 'Europe/Zurich',
  CI: 'Africa/Abidjan',
  CM: 'Africa/Douala',
  DZ: 'Africa/Algiers',
  FR: 'Europe/Paris',
  GB: 'Europe/London',
  GP: 'America/Guadeloupe',
  IE: 'Europe/Dublin',
  IN: 'Asia/Kolkata',
  LU: 'Europe/Luxembourg',
  MA: 'Africa/Casablanca',
  MC: 'Europe/Monaco',
  MQ: 'America/Martinique',
  MT: 'Europe/Malta',
  NC: 'Pacific/Noumea',
  NZ: 'Pacific/Auckland',
  PF: 'Pacific/Tahiti',
  RE: 'Indian/Reunion',
  SN: 'Africa/Dakar',
  TN: 'Africa/Tunis',
  US: 'America/New_York',
  ZA: 'Africa/Johannesburg',
}
