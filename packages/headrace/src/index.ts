// What a `headrace.config.ts` imports.
export { defineConfig, type SettingsInput } from './config/settings.ts'
