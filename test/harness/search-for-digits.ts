/** Finds a row of digits in texts and octets, however it is written. */

const pairs = (digits: string, size: number, between: string) =>
  digits.match(new RegExp(`.{1,${size}}`, 'g'))!.join(between)

/** Base64 depends on where in a group of three octets the digits begin; what is the same whatever surrounds them. */
function base64Cores(digits: string): string[] {
  return [0, 1, 2].map((shift) => {
    const encoded = Buffer.from('x'.repeat(shift) + digits)
      .toString('base64')
      .replaceAll('=', '')
    return encoded.slice(Math.ceil((shift * 4) / 3), encoded.length - 1)
  })
}

/** The forms in which digits are searched for, by name. A form that is not here is not found. */
export function formsOf(digits: string): Record<string, Buffer[]> {
  const text = (...forms: string[]) => forms.map((form) => Buffer.from(form))
  const hex = Buffer.from(digits).toString('hex')
  return {
    plain: text(digits),
    grouped: text(
      ...[' ', '-', '.', '%20', '+', ', '].flatMap((by) => [4, 2, 1].map((size) => pairs(digits, size, by))),
    ),
    base64: text(...base64Cores(digits)),
    hex: text(hex, hex.toUpperCase(), pairs(hex, 2, ' '), pairs(hex, 2, ':')),
    'UTF-16': [Buffer.from(digits, 'utf16le'), Buffer.from(digits, 'utf16le').swap16()],
    reversed: text([...digits].reverse().join('')),
    // As Kamailio and Node print numbers: it fits a double up to 16 digits.
    exponent: text(`${digits[0]}.${digits.slice(1, 15)}`),
  }
}

/** Names of the forms that are in `where`, sorted. */
export function formsIn(where: string | Buffer, digits: string): string[] {
  const octets = typeof where === 'string' ? Buffer.from(where) : where
  return Object.entries(formsOf(digits))
    .filter(([, forms]) => forms.some((form) => octets.includes(form)))
    .map(([name]) => name)
    .sort()
}
