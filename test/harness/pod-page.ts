import { request } from 'node:https'
import type { Issued } from './authority.ts'

/** The status and text of a page of a pod's health port, asked for with a certificate or without. */
export function getPage(
  { healthPort }: { healthPort: number },
  path: string,
  as?: Issued,
  headers: Record<string, string> = {},
): Promise<[number, string]> {
  return new Promise((resolve, reject) => {
    const asked = request({
      host: '127.0.0.1',
      port: healthPort,
      path,
      headers,
      rejectUnauthorized: false,
      agent: false,
      ...as,
    })
    asked.on('error', reject)
    asked.on('response', (response) => {
      let text = ''
      response.on('data', (chunk) => (text += chunk))
      response.on('end', () => resolve([response.statusCode ?? 0, text]))
    })
    asked.end()
  })
}
