import { readFrenchDate } from './dates.ts'
import { readFrenchTime } from './times.ts'
import type { Language } from '../language.ts'
import { readFrenchNumber } from './numbers.ts'
import { frenchPhrases } from './phrases.ts'
import { soundOfFrench } from './pronunciation.ts'

const words = (text: string): string[] => text.split('|').map((each) => each.trim())

const sounds = (text: string): string[] => words(text).map((run) => soundOfFrench(run.split(' ')))

const YES = words(
  'oui | ouais | ouaip | ouai | ui | mais si | si si | yes | ok | okay | d accord | dac | exact | exactement | exacte | tout a fait | parfait | ' +
    'parfaitement | absolument | bien sur | bien entendu | evidemment | volontiers | certainement | effectivement | affirmatif | ' +
    'je veux bien | avec plaisir | c est ca | c est bien ca | c est cela | c est juste | c est correct | correct | c est bon | ' +
    'c est vrai | c est exact | c est bien cela | voila | je confirme | pourquoi pas | allez y | vas y | allons y | ca marche | ca me va | ' +
    'ca me convient | entendu | pas de probleme | pas de souci | sans probleme | sans souci | aucun probleme | plutot oui | je crois que oui | ' +
    'je pense que oui | bien volontiers | naturellement | assurement | carrement | je crois bien | ' +
    'oui c est moi | s il vous plait oui | deja venu | deja venue',
)
const NO = words(
  'non | nan | nope | no | negatif | pas du tout | absolument pas | surtout pas | pas vraiment | pas encore | pas exactement | ' +
    'pas tout a fait | jamais | en aucun cas | aucunement | nullement | pas d accord | c est faux | faux | ce n est pas ca | ' +
    'c est pas ca | ce n est pas cela | ce n est pas correct | ce n est pas exact | ce n est pas bon | c est pas bon | c est pas correct | ' +
    'incorrect | inexact | je ne crois pas | je crois pas | je ne pense pas | je pense pas | je ne veux pas | je veux pas | ' +
    'je n ai pas | j ai pas | je ne suis pas | je suis pas | plutot pas | plutot non | je crois que non | je pense que non | ' +
    'bien sur que non | sans facon | pas maintenant | pas necessaire | ce n est pas la peine | c est pas la peine | premiere fois | ' +
    'erreur | il y a une erreur | certainement pas | ce n est pas | c est pas',
)

export const french: Language = {
  readNumber: readFrenchNumber,
  readDate: readFrenchDate,
  readTime: readFrenchTime,
  yesNo: {
    yes: YES,
    no: NO,
    neither: words(
      'je ne sais pas | je sais pas | sais pas | je ne comprends pas | je comprends pas | je n ai pas compris | j ai pas compris | ' +
        'je n ai pas bien compris | je n ai pas entendu | j ai pas entendu | je n ai pas bien entendu | je ne suis pas sur | ' +
        'je suis pas sur | je ne suis pas sure | je suis pas sure | pas sur | pas sure | pas grave | pas mal',
    ),
    soundsLikeYes: words('si | huit | wee | we | wi | oue | ouf | houi | ouie | hui | lui | louis'),
    soundsLikeNo: words('nom | noms | n on | none | nonne | nous | n ont | nord'),
    beginsLikeYes: /^oui[a-z]{1,5}$/,
    beginsLikeNo: /^non[a-z]{1,5}$/,
    yesSounds: sounds('oui c est ca | oui tout a fait | tout a fait | c est bien ca | exactement | bien sur'),
    noSounds: sounds('non jamais | pas du tout | non pas du tout | non merci | non pas encore | ce n est pas ca'),
  },
  fillers: new Set(words('euh | heu | puis | ensuite | alors | et | tiret | espace | c | est | hein | virgule')),
  not: new Set(['pas']),
  and: new Set(['et']),
  plus: new Set(['+', 'plus']),
  times: { double: 2, triple: 3 },
  timesWord: 'fois',
  soundsLikeNumber: {
    set: '7',
    cet: '7',
    cette: '7',
    sete: '7',
    cis: '6',
    si: '6',
    sis: '6',
    cinque: '5',
    sain: '5',
    saint: '5',
    oui: '8',
    huis: '8',
    de: '2',
    deu: '2',
    toi: '3',
    troi: '3',
    catre: '4',
    katre: '4',
    vin: '20',
    vain: '20',
    vent: '20',
    trante: '30',
    hein: '1',
    zeros: '0',
    heureux: '0',
    onz: '11',
    dis: '10',
    dit: '10',
    treze: '13',
    cens: '100',
  },
  currencies: {
    euro: 'EUR',
    euros: 'EUR',
    eur: 'EUR',
    '€': 'EUR',
    livre: 'GBP',
    livres: 'GBP',
    '£': 'GBP',
    franc: 'CHF',
    francs: 'CHF',
    chf: 'CHF',
    dollar: 'CAD',
    dollars: 'CAD',
    $: 'CAD',
  },
  cents: new Set(['centime', 'centimes', 'cts']),
  decimalPoints: new Set([',', '.', 'virgule']),
  dateWords: words(
    'demain | apres demain | aujourd hui | lundi | mardi | mercredi | jeudi | vendredi | samedi | dimanche | prochain | janvier | fevrier | ' +
      'avril | juillet | septembre | octobre | novembre | decembre',
  ).map((run) => ({ run, sound: soundOfFrench(run.split(' ')) })),
  small: new Set(
    words(
      'le | la | les | l | un | une | des | du | de | d | a | au | aux | en | et | je | j | me | m | mon | ma | mes | votre | vos | ' +
        'on | nous | il | elle | ce | c | cet | cette | est | s | se | qu | que | qui | y | ne | n | dans | pour | avec | sur | par | ' +
        'voudrais | voudrai | veux | souhaite | souhaiterais | aimerais | euh | heu | ben | bah | bonjour | allo | alors | plutot | merci | plait | donc | pouvez | pourriez | peux | pourrais | bien',
    ),
  ),
  soundOf: soundOfFrench,
  intents: {
    person: words(
      'parler a quelqu un | parler avec quelqu un | parler a une personne | parler a un humain | parler a un conseiller | parler a une conseillere | ' +
        'parler a un agent | parler a un operateur | parler a un vrai | parler a une vraie | parler avec une personne | parler avec un humain | ' +
        'parler avec un conseiller | avoir quelqu un | avoir une personne | un conseiller | une conseillere | un operateur | une operatrice | ' +
        'un etre humain | un humain | une vraie personne | une personne reelle | passez moi quelqu un | passer quelqu un | pas parler a un robot | ' +
        'pas parler a une machine | parler au secretariat | parler a la secretaire | parler a un responsable | vous etes un robot | ' +
        'le standard | joindre quelqu un',
    ),
    repeat: words(
      'repetez | repeter | repete | pardon | comment | vous avez dit quoi | vous dites | qu est ce que vous avez dit | ' +
        'j ai pas compris | je n ai pas compris | j ai pas entendu | je n ai pas entendu | je n ai pas bien compris | je n ai pas bien entendu | ' +
        'j ai mal entendu | encore une fois | quoi | plait il | c est a dire',
    ),
    wait: words(
      'attendez | attends | un instant | une seconde | une minute | deux secondes | deux minutes | un moment | patientez | ne quittez pas | ' +
        'quittez pas | je cherche | je regarde | je vais chercher',
    ),
  },
  phrases: frenchPhrases,
}
