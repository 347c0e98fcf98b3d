import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type BotConfiguration, botConfigurationSchema } from '../../api/bot-configuration.ts'
import { allowedRegions } from '../../rules/placement.ts'

/**
 * Reads what the operator tells the pods of a bot.
 * @param regions those of the installation; empty: any
 * @throws Error that names the file, the field and the cure
 */
export async function readBot(folder: string, regions: readonly string[] = []): Promise<BotConfiguration> {
  const file = join(folder, 'bot.json')
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new Error(`${file} can't be read: the operator mounts it there from the bot's ConfigMap`, { cause })
  })
  const { success, data, error } = botConfigurationSchema.safeParse(parse(file, text))
  if (success) return { ...data, regions: allowedRegions(data.regions ?? [], regions) }
  const { path, message } = error.issues[0]!
  throw new Error(`${file}: ${path.join('.')}: ${message}. Pods and operator must be of the same version`)
}

function parse(file: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new Error(`${file} is not JSON: delete the ConfigMap, and the operator writes it again`, { cause })
  }
}
