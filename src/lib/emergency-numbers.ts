/** Numbers at which help is called, in Europe, North America and elsewhere: none of them is a test number, whatever a telephone system makes of it. */
export const EMERGENCY_NUMBERS: readonly string[] = [
  ...['000', '110', '111', '112', '113', '114', '115', '117', '118', '119', '911', '999'],
  ...['15', '17', '18'],
]
