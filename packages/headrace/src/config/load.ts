import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parse } from 'yaml'
import { parseSettings, type Settings, SettingsError, type SettingsInput } from './settings.ts'

/**
 * Reads a configuration file (`.ts`, `.js`, `.mjs`, `.yaml`, `.yml` or `.json`), and puts what the command line says on
 * top of it.
 * @param file undefined for none
 * @throws SettingsError naming file and place
 */
export async function loadSettings(file: string | undefined, commandLine: SettingsInput): Promise<Settings> {
  const given = Object.fromEntries(Object.entries(commandLine).filter(([, value]) => value !== undefined))
  if (file === undefined) return parseSettings(given, 'The command line')
  const content = await readConfig(file)
  if (typeof content !== 'object' || content === null) throw new SettingsError(file, ['it holds no settings'])
  parseSettings(content, file)
  return parseSettings({ ...content, ...given }, `${file} and the command line`)
}

async function readConfig(file: string): Promise<unknown> {
  try {
    if (/\.(ts|js|mjs)$/.test(file)) {
      const module = (await import(pathToFileURL(resolve(file)).href)) as { default?: unknown }
      if (module.default === undefined)
        throw new Error('it has no default export: write `export default defineConfig({ … })`')
      return module.default
    }
    // YAML is a superset of JSON.
    return parse(await readFile(file, 'utf8')) ?? {}
  } catch (error) {
    throw new SettingsError(`The configuration ${file} cannot be read`, [(error as Error).message])
  }
}
