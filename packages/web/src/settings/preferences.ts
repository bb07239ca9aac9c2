/** What is remembered on this device until one says otherwise: how the page looks, and a name if asked to. */
function read(key: string): string | undefined {
  try {
    return localStorage.getItem(key) ?? undefined
  } catch {
    return undefined
  }
}

function write(key: string, value: string | undefined): void {
  try {
    if (value === undefined) localStorage.removeItem(key)
    else localStorage.setItem(key, value)
  } catch {
    // Storage may be forbidden; the choice then lasts as long as the page.
  }
}

const NAME = 'whisperrooms.name'
/** `public/early.js` reads it before the first paint. */
const THEME = 'whisperrooms.theme'

export const rememberedName = (): string | undefined => read(NAME)
export const rememberName = (name: string | undefined): void => write(NAME, name)

export type Theme = 'system' | 'light' | 'dark'
export const THEMES = ['system', 'light', 'dark'] as const satisfies readonly Theme[]

export function rememberedTheme(): Theme {
  const theme = read(THEME)
  return theme === 'light' || theme === 'dark' ? theme : 'system'
}

export const rememberTheme = (theme: Theme): void => write(THEME, theme === 'system' ? undefined : theme)
