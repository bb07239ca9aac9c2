import { useSyncExternalStore } from 'react'
import { rememberedTheme, rememberTheme, type Theme } from './preferences.ts'

/** Both papers, for the browser's own frame around the page. */
const PAPER = { light: '#fbfaf7', dark: '#141312' } as const

let theme = rememberedTheme()
const listeners = new Set<() => void>()

/** Shows the page in a theme and remembers it. */
export function setTheme(chosen: Theme): void {
  theme = chosen
  rememberTheme(chosen)
  applyTheme()
  for (const listener of listeners) listener()
}

export function applyTheme(): void {
  if (theme === 'system') delete document.documentElement.dataset['theme']
  else document.documentElement.dataset['theme'] = theme
  for (const meta of document.querySelectorAll<HTMLMetaElement>('meta[name="theme-color"]')) {
    meta.content = PAPER[theme === 'system' ? (meta.media.includes('dark') ? 'dark' : 'light') : theme]
  }
}

export function useTheme(): Theme {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => theme,
  )
}
